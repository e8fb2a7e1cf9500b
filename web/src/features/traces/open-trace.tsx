// A trace by its id, as somebody pastes it from a log.
import { Button, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import { paths } from "@/app/paths";

import styles from "./filters.module.css";

export const OpenTrace = () => {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const trace = typed.trim().replaceAll("-", "").toLowerCase();
  const isId = /^[0-9a-f]{32}$/.test(trace);
  const open = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (isId) void navigate({ to: paths.trace, params: { trace } });
  };
  return (
    <form className={styles.form} onSubmit={open} aria-label="Open a trace">
      <TextInput
        className={styles.value}
        label="Trace id"
        size="xs"
        autoComplete="off"
        spellCheck={false}
        maxLength={40}
        placeholder="32 hex digits"
        value={typed}
        error={typed !== "" && !isId && typed.length >= 32 ? "Expected 32 hex digits" : undefined}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default" disabled={!isId}>
        Open
      </Button>
    </form>
  );
};
