// POST /v1/silences, …/end, …/extend: silence something, stop, go on longer.
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { post } from "./client";

interface NewSilence {
  matchers: readonly string[];
  by: string;
  reason: string;
  /** Null: from now on. */
  starts_at: string | null;
  ends_at: string;
}

/** Who is told of an incident hangs on what is silenced. */
const useSilenceChange = <Asked>(ask: (asked: Asked) => Promise<unknown>) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ask,
    onSuccess: () => Promise.all(["silences", "incidents"].map((family) => client.invalidateQueries({ queryKey: [family] }))),
  });
};

export const useMakeSilence = () => useSilenceChange((asked: NewSilence) => post("/v1/silences", {}, asked));

export const useEndSilence = (silence: string) =>
  useSilenceChange((asked: { by: string }) => post("/v1/silences/{silence}/end", { path: { silence } }, asked));

export const useExtendSilence = (silence: string) =>
  useSilenceChange((asked: { by: string; ends_at: string }) => post("/v1/silences/{silence}/extend", { path: { silence } }, asked));
