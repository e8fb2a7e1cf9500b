// One more condition: a fact, how it is compared, and with what; the values there are stand below with their counts.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";

import { spanValuesQuery } from "@/api/list-span-values";
import type { SpansAsked } from "@/api/list-spans";
import { paths } from "@/app/paths";
import { FACT_GROUPS, factNamed, QUARANTINE_REASONS, written, type Comparison, type Sort } from "@/lib/condition";
import { count } from "@/lib/quantity";
import { Text } from "@/ui/text";
import { Unknown } from "@/ui/unknown";

import { searchOf, withCondition } from "./asked";
import styles from "./filters.module.css";

interface Choice {
  label: string;
  comparison: Comparison;
  /** Null: somebody types or chooses it. */
  value: string | null;
}

const CHOICES: Record<Sort, readonly Choice[]> = {
  text: [
    { label: "is", comparison: "=", value: null },
    { label: "is not", comparison: "!=", value: null },
    { label: "is unknown", comparison: "=", value: "" },
    { label: "is known", comparison: "!=", value: "" },
  ],
  flag: [
    { label: "yes", comparison: "=", value: "true" },
    { label: "no", comparison: "=", value: "false" },
    { label: "is unknown", comparison: "=", value: "" },
  ],
  number: [
    { label: "at least", comparison: ">=", value: null },
    { label: "at most", comparison: "<=", value: null },
    { label: "is unknown", comparison: "=", value: "" },
  ],
  reason: [
    { label: "has any", comparison: "!=", value: "" },
    { label: "has none", comparison: "=", value: "" },
    ...QUARANTINE_REASONS.map((reason) => ({ label: reason.replaceAll("_", " "), comparison: "=" as const, value: reason })),
  ],
};
const VALUES_SHOWN = 12;

const Values = ({ fact, asked }: { fact: string; asked: SpansAsked }) => {
  const { data } = useQuery(spanValuesQuery(fact, asked));
  if (data?.fact !== fact || data.values.length === 0) return null;
  const label = factNamed(fact).label;
  return (
    <div className={styles.values} role="group" aria-label={`Values of ${label}`}>
      {data.values.slice(0, VALUES_SHOWN).map(({ value, spans }) => (
        <Link
          key={value ?? ""}
          to={paths.traces}
          search={searchOf(withCondition(asked, written({ fact, comparison: "=", value: value ?? "" })))}
          activeProps={{ "aria-current": undefined }}
        >
          {value === null ? <Unknown /> : <Text>{value}</Text>} <span className="quiet nums">{count(spans)}</span>
        </Link>
      ))}
      {data.values.length > VALUES_SHOWN ? <span className="quiet">and more: type the value</span> : null}
    </div>
  );
};

export const FilterForm = ({ asked }: { asked: SpansAsked }) => {
  const navigate = useNavigate();
  const [fact, setFact] = useState("service");
  const [chosen, setChosen] = useState(0);
  const [typed, setTyped] = useState("");
  const { sort, counted, unit, label } = factNamed(fact);
  const choice = CHOICES[sort][chosen] ?? { label: "is", comparison: "=" as const, value: null };
  const value = choice.value ?? typed.trim();
  const ready = choice.value !== null || (value !== "" && (sort !== "number" || Number(value) >= 0));
  const add = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (!ready) return;
    setTyped("");
    void navigate({ to: paths.traces, search: searchOf(withCondition(asked, written({ fact, comparison: choice.comparison, value }))) });
  };
  return (
    <>
      <form className={styles.form} onSubmit={add} aria-label="Add a condition">
        <NativeSelect
          label="Fact"
          size="xs"
          value={fact}
          onChange={(event) => {
            setFact(event.currentTarget.value);
            setChosen(0);
          }}
          data={FACT_GROUPS.map(({ group, facts }) => ({ group, items: facts.map((each) => ({ value: each.fact, label: each.label })) }))}
        />
        <NativeSelect
          label="Compared"
          size="xs"
          value={String(chosen)}
          onChange={(event) => setChosen(Number(event.currentTarget.value))}
          data={CHOICES[sort].map((each, index) => ({ value: String(index), label: each.label }))}
        />
        {choice.value === null ? (
          <TextInput
            className={styles.value}
            label={unit ? `Value in ${unit}` : "Value"}
            size="xs"
            inputMode={sort === "number" ? "decimal" : "text"}
            maxLength={300}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        ) : null}
        <Button type="submit" size="xs" disabled={!ready}>
          Add condition
        </Button>
      </form>
      {counted ? <Values key={label} fact={fact} asked={asked} /> : null}
    </>
  );
};
