// The explorer: spans that meet the conditions in the address. The address is the view; it can be sent to anybody.
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";

import { spansQuery, type SpansAsked } from "@/api/list-spans";
import { paths } from "@/app/paths";
import { askedOf, RANGES, searchOf } from "@/features/traces/asked";
import { RangeLinks, ShowLinks } from "@/features/traces/choices";
import { FilterChips } from "@/features/traces/filter-chips";
import { FilterForm } from "@/features/traces/filter-form";
import { OpenTrace } from "@/features/traces/open-trace";
import { SavedLinks } from "@/features/traces/saved-links";
import { SpanList } from "@/features/traces/span-list";
import { count, counted } from "@/lib/quantity";
import { ChoiceGroups } from "@/ui/choice-links";
import { Stack } from "@/ui/columns";
import { Disclosure } from "@/ui/disclosure";
import { Empty } from "@/ui/empty";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Section } from "@/ui/section";

const Nothing = ({ asked }: { asked: SpansAsked }) => {
  const longer = RANGES.find(({ minutes }) => minutes > asked.minutes);
  const wider = longer ? <Link to={paths.traces} search={searchOf({ ...asked, minutes: longer.minutes })}>Look at {longer.label}</Link> : null;
  if (asked.where.length > 0 || asked.show !== "requests") {
    return (
      <Empty title="Nothing in this range meets all conditions">
        {wider}
        {wider ? ", or " : ""}
        <Link to={paths.traces} search={searchOf({ ...asked, show: "everything", where: [] })}>drop the conditions</Link>.
      </Empty>
    );
  }
  return (
    <Empty title="No answer or model call arrived in this range">
      That is no data, not good news. {wider}
      {wider ? ", or point" : "Point"} an OpenTelemetry exporter at <code className="mono">{window.location.origin}/v1/traces</code>.
    </Empty>
  );
};

const Found = ({ asked }: { asked: SpansAsked }) => {
  const query = useInfiniteQuery(spansQuery(asked));
  return (
    <Loaded query={query} what="the spans" rows={8}>
      {({ pages }) => {
        const spans = pages.flatMap((page) => page.spans);
        const [{ total, traces } = { total: null, traces: null }] = pages;
        const of = total === null ? "not counted by cost" : `${counted(total, "span")} of ${counted(traces ?? 0, "trace")}`;
        if (spans.length === 0 && !query.hasNextPage) return <Nothing asked={asked} />;
        return (
          <Section title="Found" side={<span className="nums">{`${count(spans.length) ?? ""} shown, ${of}`}</span>} flush>
            {spans.length === 0 ? null : <SpanList spans={spans} />}
            {query.hasNextPage ? (
              <Button fullWidth size="sm" variant="subtle" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {spans.length === 0 ? "None of the newest 5,000 cost that; look at older ones" : "Show older ones"}
              </Button>
            ) : null}
          </Section>
        );
      }}
    </Loaded>
  );
};

export const TracesPage = () => {
  const asked = askedOf(useSearch({ from: paths.traces }));
  return (
    <Page
      title="Traces"
      lead="Single answers, model calls and tool calls as they were read. The address of this page is the view: send it to anybody."
      side={<RangeLinks asked={asked} />}
    >
      <Section title="Conditions" side={asked.where.length === 0 ? "none" : <Link to={paths.traces} search={searchOf({ ...asked, where: [] })}>Remove all</Link>}>
        <Stack>
          <ChoiceGroups><ShowLinks asked={asked} /></ChoiceGroups>
          <FilterChips asked={asked} />
          <FilterForm asked={asked} />
          <Disclosure summary="Saved views, and a trace by its id">
            {() => (
              <Stack>
                <SavedLinks asked={asked} />
                <OpenTrace />
              </Stack>
            )}
          </Disclosure>
        </Stack>
      </Section>
      <Found asked={asked} />
    </Page>
  );
};
