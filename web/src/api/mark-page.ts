// GET and POST /v1/incidents/{incident}/marks: what the page of an incident was worth.
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { get, post } from "./client";
import type { PageMark } from "./contract";

export const PAGE_MARKS: readonly PageMark[] = ["acted_on", "noise", "duplicate", "too_late"];

const marksKey = (id: string) => ["incidents", "marks", id] as const;

export const marksQuery = (id: string) =>
  queryOptions({
    queryKey: marksKey(id),
    queryFn: ({ signal }) => get("/v1/incidents/{incident}/marks", { path: { incident: id }, signal }),
  });

interface Marking {
  mark: PageMark;
  by: string;
  note: string;
}

export const useMarkPage = (id: string) => {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (marking: Marking) => post("/v1/incidents/{incident}/marks", { path: { incident: id } }, marking),
    onSuccess: (marks) => {
      client.setQueryData(marksKey(id), marks);
      return Promise.all(["incidents", "ledger"].map((family) => client.invalidateQueries({ queryKey: [family] })));
    },
  });
};
