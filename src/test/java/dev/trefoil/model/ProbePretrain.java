package dev.trefoil.model;

import dev.trefoil.config.*;
import dev.trefoil.stage.pretrain.*;
import dev.trefoil.train.*;
import java.nio.file.*;
import java.util.*;

public class ProbePretrain {
    public static void main(String[] a) throws Exception {
        PretrainConfig c = ConfigReader.fromOverrides(List.of(a).subList(1, a.length), PretrainConfig.class);
        System.out.println(new PretrainStage()
                .run(
                        StageContext.of(new RunFolder(Path.of("/tmp/pre-run/pretrain")), System.err, false),
                        c,
                        Path.of(a[0])));
    }
}
