package dev.trefoil.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.trefoil.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a repository holds at one commit.
 *
 * @param files those at the top, by name, with size and hash
 * @param names of all files, for messages
 */
record HubListing(String commit, Map<String, HubFile> files, Set<String> names) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final int MOST_BYTES = 32 << 20;
    private static final String HASH = "[0-9a-f]{40}|[0-9a-f]{64}";

    /** Asks {@code /api/models/ID/revision/REVISION?blobs=true}. */
    static HubListing ask(HubClient client, ModelId id) {
        String revision = URLEncoder.encode(id.revision(), StandardCharsets.UTF_8);
        String path = "/api/models/" + id.repository() + "/revision/" + revision + "?blobs=true";
        return client.get(path, id, () -> 0, response -> read(id, response.body()));
    }

    private static HubListing read(ModelId id, InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw UserError.data(id + ": the hub's list of files is longer than " + (MOST_BYTES >> 20) + " MiB");
        }
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw UserError.data(id + ": the endpoint answers with what is no JSON; is it a hub or a mirror of one?");
        }
        String commit = root.path("sha").asText("");
        if (!commit.matches("[0-9a-f]{7,64}") || !root.path("siblings").isArray()) {
            throw UserError.data(id + ": the endpoint names no commit and no files; is it a hub or a mirror of one?");
        }
        Map<String, HubFile> files = new LinkedHashMap<>();
        Set<String> names = new TreeSet<>();
        for (JsonNode sibling : root.path("siblings")) {
            String name = sibling.path("rfilename").asText("");
            names.add(name);
            JsonNode large = sibling.path("lfs");
            String hash = large.path("sha256")
                    .asText(large.path("oid").asText(sibling.path("blobId").asText("")));
            long size = large.path("size").asLong(sibling.path("size").asLong(-1));
            // Folders of a repository hold other formats of the same weights; and a name becomes a path here.
            if (name.matches("[A-Za-z0-9][A-Za-z0-9._-]*") && size >= 0 && hash.matches(HASH)) {
                files.put(name, new HubFile(name, size, hash));
            }
        }
        return new HubListing(commit, files, names);
    }
}
