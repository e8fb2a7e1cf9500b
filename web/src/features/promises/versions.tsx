// Every version of a promise that was ever in force, what each changed, and what is declared now.
import type { PromiseVersion } from "@/api/contract";
import { visible } from "@/lib/visible-text";
import { Disclosure } from "@/ui/disclosure";
import { Section } from "@/ui/section";
import { Text } from "@/ui/text";
import { TimeAgo } from "@/ui/time-ago";

import { diffLines } from "./diff-lines";
import styles from "./versions.module.css";

const Diff = ({ text }: { text: string }) => (
  <pre className={styles.diff} tabIndex={0} aria-label="What changed">
    {diffLines(text).map(({ sign, text: line }, number) => (
      <span key={number} data-sign={sign}>
        {visible(line)}
        {"\n"}
      </span>
    ))}
  </pre>
);

const What = ({ version: { diff, removed }, first }: { version: PromiseVersion; first: boolean }) => {
  if (removed) return null;
  if (first) return <p className="quiet">The first version.</p>;
  if (diff === "") return <p className="quiet">Nothing changed: it was declared again.</p>;
  return <Disclosure summary="What it changed">{() => <Diff text={diff} />}</Disclosure>;
};

export const Versions = ({ versions }: { versions: readonly PromiseVersion[] }) => (
  <Section title="Versions" side="newest first">
    <ol className={styles.versions} aria-label="Versions">
      {versions.map((version, index) => (
        <li key={`${version.version} ${version.applied_at}`}>
          <p>
            <Text mono>{version.version}</Text>{" "}
            <span className="quiet">
              {version.removed ? "taken out of the files" : "in force since"} <TimeAgo at={version.applied_at} />
            </span>
          </p>
          <What version={version} first={index === versions.length - 1} />
        </li>
      ))}
    </ol>
  </Section>
);
