// The way in: a key, exchanged for a cookie this page can't read.
import { Button, TextInput } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";

import { useCreateSession } from "@/api/create-session";
import { ApiError } from "@/api/api-error";
import mark from "@/ui/outproof.svg";

import styles from "./sign-in.module.css";

const why = (error: Error | null): string | undefined => {
  if (error === null) return undefined;
  return error instanceof ApiError && error.unauthorized ? "This key isn't known. Check it and try again." : error.message;
};

export const SignIn = () => {
  const [key, setKey] = useState("");
  const session = useCreateSession();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (key.trim() !== "") session.mutate(key.trim());
  };
  return (
    <main className={styles.screen}>
      <form className={styles.card} onSubmit={submit}>
        <img src={mark} alt="" width={36} height={36} />
        <h1 className={styles.title}>Sign in to Outproof</h1>
        <p className={styles.lead}>
          This server answers only with a key. The first one was printed when it started; it begins with <code className="mono">op_</code>.
        </p>
        <TextInput
          label="Key"
          type="password"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
          autoComplete="current-password"
          error={why(session.error)}
          required
        />
        <Button type="submit" loading={session.isPending} disabled={key.trim() === ""}>
          Sign in
        </Button>
      </form>
    </main>
  );
};
