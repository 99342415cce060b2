package dev.trefoil.kernel;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.util.Optional;

/** Functions of Linux's C library, for what Java does not offer. What is asked through them is advice: no result may depend on it. */
public final class CLibrary {

    private CLibrary() {}

    /** Empty elsewhere than on Linux, where the library lacks the function, and where the bridge to it cannot be unpacked. */
    public static Optional<Function> function(String name) {
        try {
            return Platform.isLinux()
                    ? Optional.of(
                            NativeLibrary.getInstance(Platform.C_LIBRARY_NAME).getFunction(name))
                    : Optional.empty();
        } catch (LinkageError missing) {
            return Optional.empty();
        }
    }
}
