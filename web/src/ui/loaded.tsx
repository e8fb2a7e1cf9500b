// A query on its way to the screen: loading, failed, old or fresh, each looking like what it is.
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

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
  const [failure, setFailure] = useState(query.error);
  if (query.error !== null && query.error !== failure) setFailure(query.error);
  if (query.data === undefined) {
    // A query that is asked again forgets why it failed; the screen shows it until there is another answer.
    const error = query.error ?? (query.errorUpdateCount > 0 ? failure : null);
    if (error !== null) return <ErrorState error={error} what={what} retry={() => void query.refetch()} />;
    return <Loading what={what} rows={rows} />;
  }
  return (
    <>
      {query.isError ? <StaleNotice updatedMs={query.dataUpdatedAt} error={query.error} /> : null}
      {children(query.data)}
    </>
  );
};
