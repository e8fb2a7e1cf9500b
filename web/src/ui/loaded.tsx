// A query on its way to the screen: loading, failed, old or fresh, each looking like what it is.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ErrorState } from "./error-state";
import { Loading } from "./loading";
import { StaleNotice } from "./stale-notice";

interface Props<T> {
  query: UseQueryResult<T>;
  what: string;
  rows?: number;
  children: (data: T) => ReactNode;
}

export const Loaded = <T,>({ query, what, rows = 4, children }: Props<T>) => {
  if (query.data === undefined) {
    if (query.isError) return <ErrorState error={query.error} what={what} retry={() => void query.refetch()} />;
    return <Loading what={what} rows={rows} />;
  }
  return (
    <>
      {query.isError ? <StaleNotice updatedMs={query.dataUpdatedAt} error={query.error} /> : null}
      {children(query.data)}
    </>
  );
};
