// The one sentence the page is for: whether anything is missing.
import type { Conservation } from "@/api/contract";
import { counted } from "@/lib/quantity";
import { Banner } from "@/ui/banner";

export const Verdict = ({ unexplained }: Pick<Conservation, "unexplained">) => {
  if (unexplained === null) return null;
  return unexplained === 0 ? (
    <p>Everything that was emitted is accounted for.</p>
  ) : (
    <Banner tone="critical" icon="octagon" title={`${counted(unexplained, "item")} cannot be accounted for.`}>
      <p>
        They were emitted, and are neither stored nor refused, dropped or waiting. A remainder that stays is an incident. Was a spool deleted, a
        disk restored, or a server&apos;s data replaced?
      </p>
    </Banner>
  );
};
