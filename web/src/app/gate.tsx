// Nobody passes without a session: the sign-in screen, or the product following the server's changes.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { sessionQuery } from "@/api/get-session";
import { followChanges } from "@/api/stream";
import { SignIn } from "@/features/session/sign-in";
import { ErrorState } from "@/ui/error-state";
import { Loading } from "@/ui/loading";

import styles from "./gate.module.css";
import { Shell } from "./shell";

const Following = ({ open }: { open: boolean }) => {
  const client = useQueryClient();
  useEffect(() => followChanges(client), [client]);
  return <Shell open={open} />;
};

export const Gate = () => {
  const session = useQuery(sessionQuery);
  if (session.data === undefined) {
    return (
      <main className={styles.waiting}>
        <h1 className="visually-hidden">Outproof</h1>
        {session.isError ? (
          <ErrorState error={session.error} what="Outproof" retry={() => void session.refetch()} />
        ) : (
          <Loading what="Outproof" />
        )}
      </main>
    );
  }
  const { open, signed_in } = session.data;
  return open || signed_in ? <Following open={open} /> : <SignIn />;
};
