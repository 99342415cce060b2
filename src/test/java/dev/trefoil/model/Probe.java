package dev.trefoil.model;

import dev.trefoil.adapter.*;
import dev.trefoil.generate.*;
import dev.trefoil.token.*;
import java.nio.file.*;
import java.util.*;

public class Probe {
    public static void main(String[] a) throws Exception {
        EngineConfig e = new EngineConfig(
                Compute.valueOf(a[1]),
                Boolean.parseBoolean(a[2]),
                Boolean.parseBoolean(a[3]),
                Double.parseDouble(a[4]),
                SavePolicy.valueOf(a[5]));
        int rows = Integer.parseInt(a[6]), cols = Integer.parseInt(a[7]);
        try (SharedBase base = SharedBase.open(Path.of(a[0]), e)) {
            LoraConfig lc = LoraConfig.of(16, 32, Double.parseDouble(a[8]), TargetModules.allLinear());
            LoraAdapter ad = LoraAdapter.create("sft", lc, base.sites(), 1).withGradients();
            Role role = Role.of(base, AdapterStack.of(base.sites(), List.of(ad), true));
            String text = Files.readString(Path.of("/work/shared/data/imdb_train.jsonl"))
                    .substring(0, 40000);
            int[] all = base.tokenizer().encode(text, false).ids();
            int n = rows * cols;
            int[] ids = Arrays.copyOf(all, n), pos = new int[n], doc = new int[n];
            boolean[] counts = new boolean[n];
            for (int i = 0; i < n; i++) {
                pos[i] = i % cols;
                counts[i] = pos[i] > 0;
            }
            Batch batch = new Batch(rows, cols, ids, pos, doc, counts);
            Labels l = Labels.of(batch);
            for (int s = 0; s < Integer.parseInt(a[9]); s++) {
                long t0 = System.nanoTime();
                long c0 =
                        ProcessHandle.current().info().totalCpuDuration().get().toMillis();
                float[] g = new float[l.count()];
                Arrays.fill(g, -1f / l.count());
                double nll = 0;
                long t1, t2;
                try (Pass p = role.train(batch, Dropout.of(lc.dropout(), 1, s, 0))) {
                    t1 = System.nanoTime();
                    for (float x : role.head().backward(p, l.at(), l.targets(), g, 1)) nll -= x;
                    t2 = System.nanoTime();
                    p.backward();
                }
                long t3 = System.nanoTime();
                role.refresh();
                long t4 = System.nanoTime();
                double norm = 0;
                for (int i = 0; i < ad.gradients().limit(); i++)
                    norm += Math.pow(ad.gradients().get(i), 2);
                ad.zeroGradients();
                System.out.printf(
                        "nll %.4f gnorm %.5f fwd %.2f head %.2f bwd %.2f refresh %.2f -> %.0f tok/s cpu %.2f%n",
                        nll / l.count(),
                        Math.sqrt(norm),
                        (t1 - t0) / 1e9,
                        (t2 - t1) / 1e9,
                        (t3 - t2) / 1e9,
                        (t4 - t3) / 1e9,
                        n / ((t4 - t0) / 1e9),
                        (ProcessHandle.current().info().totalCpuDuration().get().toMillis() - c0) / 1e3);
            }
            for (int b : new int[] {1, 16})
                for (int k = 0; k < 2; k++) {
                    List<int[]> prompts = new ArrayList<>();
                    for (int i = 0; i < b; i++) prompts.add(Arrays.copyOfRange(all, i * 40, i * 40 + 32));
                    long t0 = System.nanoTime();
                    List<Generated> out = Generator.generate(
                            role,
                            prompts,
                            SamplingConfig.defaults().withMaxNewTokens(128),
                            new int[0],
                            new SampleKey(1, "x", 0, 0),
                            b);
                    System.out.printf(
                            "generate %d: %.0f tok/s %s%n",
                            b,
                            b * 128 / ((System.nanoTime() - t0) / 1e9),
                            base.tokenizer()
                                    .decode(out.get(0).tokens(), false)
                                    .substring(0, 60)
                                    .replace("\n", " "));
                }
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/status")))
            if (line.matches("(VmHWM|RssAnon|RssFile).*")) System.out.println(line);
    }
}
