// Items of a run by what became of them: what a retry must cover is a list, not a guess.
import { Button, CopyButton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { Item, ItemState, Run } from "@/api/contract";
import { itemsQuery } from "@/api/list-items";
import { count } from "@/lib/quantity";
import { Icon, type IconName } from "@/ui/icon";
import { Loaded } from "@/ui/loaded";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";

import styles from "./run-items.module.css";

/** What needs somebody stands first. */
const STATES: readonly { state: ItemState; tone: "critical" | "doubt" | "neutral" | "good"; icon: IconName; about: string }[] = [
  { state: "failed", tone: "critical", icon: "cross", about: "A stage failed for them." },
  { state: "lost", tone: "critical", icon: "cross", about: "The job says that they were lost." },
  { state: "invalid", tone: "critical", icon: "cross", about: "The job says that they are invalid." },
  { state: "missing", tone: "doubt", icon: "question", about: "Nobody said what became of them." },
  { state: "skipped", tone: "neutral", icon: "dash", about: "Left out on purpose." },
  { state: "suppressed", tone: "neutral", icon: "dash", about: "Held back on purpose." },
  { state: "passed", tone: "good", icon: "tick", about: "They passed every stage that is told by item." },
];

const ItemLine = ({ item }: { item: Item }) => (
  <li>
    <Text mono>{item.item_id}</Text>
    {item.failed.length === 0 ? null : <span className="quiet"> {item.failed.join(", ")} failed</span>}
  </li>
);

const Ids = ({ run, state }: { run: string; state: ItemState }) => {
  const query = useInfiniteQuery(itemsQuery(run, state));
  return (
    <Loaded query={query} what="the items" rows={2}>
      {({ pages }) => {
        const items = pages.flatMap((page) => page.items);
        const total = pages[0]?.total ?? items.length;
        return (
          <>
            <ul className={styles.ids} tabIndex={0} aria-label={`Items: ${state}`}>
              {items.map((item) => (
                <ItemLine key={item.item_id} item={item} />
              ))}
            </ul>
            <div className={styles.foot}>
              <span className="quiet nums">
                {count(items.length)} of {count(total)}
              </span>
              <CopyButton value={items.map(({ item_id }) => item_id).join("\n")}>
                {({ copied, copy }) => (
                  <Button size="compact-sm" variant="default" onClick={copy}>
                    {copied ? "Copied" : `Copy ${items.length === 1 ? "the id" : `${items.length} ids`}`}
                  </Button>
                )}
              </CopyButton>
              {query.hasNextPage ? (
                <Button size="compact-sm" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  Show more
                </Button>
              ) : null}
            </div>
          </>
        );
      }}
    </Loaded>
  );
};

export const RunItems = ({ run }: { run: Pick<Run, "id" | "items"> }) => {
  const [chosen, setChosen] = useState<ItemState | null>(null);
  const { total, by_state } = run.items;
  if (total === 0) return null;
  const shown = STATES.filter(({ state }) => (by_state[state] ?? 0) > 0);
  return (
    <Section title="Items" side={`${count(total) ?? ""} known by id`}>
      <div className={styles.states} role="group" aria-label="Show the items that are">
        {shown.map(({ state, tone, icon }) => (
          <button
            key={state}
            type="button"
            className={styles.state}
            data-tone={tone}
            aria-pressed={chosen === state}
            onClick={() => setChosen(chosen === state ? null : state)}
          >
            <Icon name={icon} size={12} /> {count(by_state[state])} {state}
          </button>
        ))}
      </div>
      {chosen === null ? null : (
        <div className={styles.chosen}>
          <p className="quiet">{STATES.find(({ state }) => state === chosen)?.about}</p>
          <Ids key={chosen} run={run.id} state={chosen} />
        </div>
      )}
    </Section>
  );
};
