// One policy: how its alerts stand, what it says, what it would have done, what its pages were worth, how it changed.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";

import { ApiError } from "@/api/api-error";
import type { Policy } from "@/api/contract";
import { alertLedgerQuery, LEDGER_MINUTES_DEFAULT } from "@/api/get-alert-ledger";
import { policyQuery } from "@/api/get-policy";
import { policyVersionsQuery } from "@/api/list-policy-versions";
import { trialsQuery } from "@/api/list-trials";
import { paths } from "@/app/paths";
import { LedgerAccount } from "@/features/ledger/ledger-account";
import { AlertBadges } from "@/features/policies/alert-badges";
import { Alerts } from "@/features/policies/alerts";
import { PolicyFacts } from "@/features/policies/policy-facts";
import { PolicyLine } from "@/features/policies/policy-line";
import { Versions } from "@/features/promises/versions";
import { Warnings } from "@/features/promises/warnings";
import { StartTrial } from "@/features/trials/start-trial";
import { Trials } from "@/features/trials/trials";
import { Banner } from "@/ui/banner";
import { Columns, Stack } from "@/ui/columns";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { SeverityBadge } from "@/ui/severity-badge";
import { Text } from "@/ui/text";

const VersionsOf = ({ name }: { name: string }) => {
  const versions = useQuery(policyVersionsQuery(name));
  return (
    <Loaded query={versions} what="its versions" rows={2}>
      {(data) => (data.versions.length === 0 ? null : <Versions versions={data.versions} />)}
    </Loaded>
  );
};

const LedgerOf = ({ name }: { name: string }) => {
  const ledger = useQuery(alertLedgerQuery(LEDGER_MINUTES_DEFAULT));
  return (
    <Loaded query={ledger} what="the alert ledger" rows={2}>
      {({ accounts }) => <LedgerAccount account={accounts.find(({ source }) => source.type === "policy" && source.name === name)} />}
    </Loaded>
  );
};

const TrialsOf = ({ name, written }: { name: string; written: string | null }) => {
  const trials = useQuery(trialsQuery(name));
  return (
    <Loaded query={trials} what="its trials" rows={3}>
      {(data) => (
        <Trials
          trials={data.trials}
          start={
            <>
              <StartTrial policy={name} kind="backtest" written={written} />
              <StartTrial policy={name} kind="calibration" written={written} />
            </>
          }
        />
      )}
    </Loaded>
  );
};

const Whole = ({ policy }: { policy: Policy }) => (
  <>
    {policy.open_incident_id === null ? null : (
      <Banner tone="critical" icon="octagon" title={<Link to={paths.incident} params={{ id: policy.open_incident_id }}>It has an open incident</Link>} />
    )}
    <PolicyLine policy={policy} />
    {policy.warnings.length === 0 ? null : <Warnings warnings={policy.warnings} />}
    <Columns main>
      <Stack>
        <Alerts policy={policy} />
        <TrialsOf name={policy.name} written={policy.written} />
      </Stack>
      <Stack>
        <PolicyFacts policy={policy} />
        <LedgerOf name={policy.name} />
        <VersionsOf name={policy.name} />
      </Stack>
    </Columns>
  </>
);

/** What is left of a policy that is not declared; and the way to try one before it is. */
const Undeclared = ({ name }: { name: string }) => {
  const versions = useQuery(policyVersionsQuery(name));
  return (
    <>
      <Banner tone="doubt" icon="question" title="Nobody declares this policy, so it watches nothing.">
        <p>Put it into the configuration file. To see first what it would do, try it on history below as you would write it.</p>
      </Banner>
      <TrialsOf name={name} written={null} />
      <LedgerOf name={name} />
      {versions.data && versions.data.versions.length > 0 ? <Versions versions={versions.data.versions} /> : null}
    </>
  );
};

export const PolicyPage = () => {
  const { name } = useParams({ from: paths.policy });
  const query = useQuery(policyQuery(name));
  const undeclared = query.error instanceof ApiError && query.error.status === 404;
  const shown = undeclared ? undefined : query.data;
  return (
    <Page
      title={name}
      trail={<Link to={paths.policies}>← All policies</Link>}
      lead={shown ? <Text>{shown.title}</Text> : undefined}
      side={shown ? <><AlertBadges state={shown.state} data={shown.data} /> <SeverityBadge severity={shown.severity} /></> : undefined}
    >
      {undeclared ? (
        <Undeclared name={name} />
      ) : (
        <Loaded query={query} what="the policy" rows={6}>
          {(policy) => <Whole policy={policy} />}
        </Loaded>
      )}
    </Page>
  );
};
