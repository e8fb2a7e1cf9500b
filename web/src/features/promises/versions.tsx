// Every version of a promise that was ever applied, and what each changed.
import type { PromiseVersion } from "@/api/contract";
import { Disclosure } from "@/ui/disclosure";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import styles from "./versions.module.css";

const sign = (line: string): "added" | "removed" | "same" => {
  if (line.startsWith("+") && !line.startsWith("+++")) return "added";
  return line.startsWith("-") && !line.startsWith("---") ? "removed" : "same";
};

const Diff = ({ text }: { text: string }) => (
  <pre className={styles.diff} tabIndex={0} aria-label="What changed">
    {text.split("\n").map((line, number) => (
      <span key={number} data-sign={sign(line)}>
        {line}
        {"\n"}
      </span>
    ))}
  </pre>
);

export const Versions = ({ versions }: { versions: readonly PromiseVersion[] }) => (
  <Section title="Versions" side="newest first">
    <ul className={styles.versions}>
      {versions.map(({ version, applied_at, diff, removed }) => (
        <li key={`${version} ${applied_at}`}>
          <p>
            <Text mono>{version}</Text> <span className="quiet">{removed ? "taken out" : "applied"} <TimeAgo at={applied_at} /></span>
          </p>
          {diff === "" ? <p className="quiet">The first version.</p> : <Disclosure summary="what it changed">{() => <Diff text={diff} />}</Disclosure>}
        </li>
      ))}
    </ul>
  </Section>
);
