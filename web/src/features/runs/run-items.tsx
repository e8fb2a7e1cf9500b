// Items of a run by what became of them: what a retry must cover is a list, not a guess.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Run } from "@/api/contract";
import { itemsQuery } from "@/api/list-items";
import { count } from "@/lib/quantity";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import styles from "./run-items.module.css";

const Ids = ({ run, state }: { run: string; state: string }) => {
  const items = useQuery(itemsQuery(run, state));
  return (
    <Loaded query={items} what="the items" rows={2}>
      {(data) => (
        <>
          <ul className={styles.ids}>
            {data.items.map(({ item_id }) => (
              <li key={item_id}><Text mono>{item_id}</Text></li>
            ))}
          </ul>
          {data.total > data.items.length ? <p className="quiet">and {count(data.total - data.items.length)} more: GET /v1/runs/{run}/items?state={state}</p> : null}
        </>
      )}
    </Loaded>
  );
};

export const RunItems = ({ run }: { run: Run }) => {
  const [chosen, setChosen] = useState<string | null>(null);
  const states = Object.entries(run.items?.by_state ?? {}).filter(([, number]) => number > 0);
  if (run.items == null || run.items.total === 0) return null;
  return (
    <Section title="Items" side={`${count(run.items.total) ?? ""} known by id`}>
      <div className={styles.states} role="group" aria-label="Show items that are">
        {states.map(([state, number]) => (
          <button key={state} type="button" className={styles.state} aria-pressed={chosen === state} onClick={() => setChosen(chosen === state ? null : state)}>
            {count(number)} {state}
          </button>
        ))}
      </div>
      {chosen === null ? null : <Ids run={run.id} state={chosen} />}
    </Section>
  );
};
