// What nobody is told of, by whom and until when; and the way to silence something with a look at what it covers.
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";

import { SILENCE_FILTERS, SILENCES_MAX, silencesQuery, type SilenceFilter } from "@/api/list-silences";
import { paths } from "@/app/paths";
import { Maintenance } from "@/features/silences/maintenance";
import { MakeSilence } from "@/features/silences/make-silence";
import { SilenceList } from "@/features/silences/silence-list";
import { ChoiceLinks } from "@/ui/choice-links";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

import { OnCallPages } from "./neighbours";

const WORDS: Readonly<Record<SilenceFilter, string>> = { active: "not over", all: "all" };

const Filter = ({ filter }: { filter: SilenceFilter }) => (
  <ChoiceLinks label="Which silences">
    {SILENCE_FILTERS.map((each) => (
      <Link key={each} to={paths.silences} search={each === "active" ? {} : { state: each }} activeOptions={{ exact: true }} aria-current={each === filter ? "page" : undefined}>
        {WORDS[each]}
      </Link>
    ))}
  </ChoiceLinks>
);

export const SilencesPage = () => {
  const { state: filter = "active", matcher: matchers = [] } = useSearch({ from: paths.silences });
  const navigate = useNavigate();
  const [pressed, setPressed] = useState(false);
  const query = useQuery(silencesQuery(filter));
  const making = pressed || matchers.length > 0;
  const leave = (): void => {
    setPressed(false);
    if (matchers.length > 0) void navigate({ to: paths.silences, search: {}, replace: true });
  };
  return (
    <Page
      title="Silences"
      lead="Incidents open and are shown as ever; only nobody is told. When a silence ends, what is still open is told."
      neighbours={<OnCallPages />}
      side={<Filter filter={filter} />}
    >
      {making ? (
        <Section title="New silence">
          <MakeSilence key={matchers.join("\n")} matchers={matchers} onClose={leave} />
        </Section>
      ) : (
        <div><Button size="sm" onClick={() => setPressed(true)}>Silence something…</Button></div>
      )}
      <Loaded query={query} what="the silences">
        {({ silences, maintenance }) => (
          <>
            {silences.length === 0 ? (
              <Empty title={filter === "active" ? "Nothing is silenced" : "Nothing was ever silenced"}>
                Everything is told to whom the routes say. To silence one thing, start from its incident: its labels are filled in.
              </Empty>
            ) : (
              <SilenceList silences={silences} />
            )}
            {silences.length >= SILENCES_MAX ? <p className="quiet">Only the newest {SILENCES_MAX} are shown.</p> : null}
            <Maintenance windows={maintenance} />
          </>
        )}
      </Loaded>
    </Page>
  );
};
