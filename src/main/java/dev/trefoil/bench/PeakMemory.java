package dev.trefoil.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The most memory a work took, in bytes; zeros where the system does not tell.
 *
 * @param resident the most that was resident at any time, mapped files included
 * @param own the most that was resident and of this process alone
 * @param file the most that was resident of mapped files, the base among them
 * @param ofWork false: the system does not let the peak be reset, so that {@code resident} is the process's since its start
 */
record PeakMemory(long resident, long own, long file, boolean ofWork) {

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("peak_bytes", resident);
        map.put("peak_own_bytes", own);
        map.put("peak_file_bytes", file);
        map.put("peak_of", ofWork ? "work" : "process");
        return map;
    }
}
