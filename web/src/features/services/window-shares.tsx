// The shares of a window, each apart from the others: an abstention is not a failure, an unknown is not safe.
import type { Window } from "@/api/contract";
import { Section } from "@/ui/section";
import { Share, Shares } from "@/ui/share";

export const WindowShares = ({ window }: { window: Window }) => (
  <Section title="Answers" side="with 95% Wilson intervals" flush>
    <Shares>
      <Share label="Unsafe served" share={window.unsafe} tone="critical" hint="decided answers" />
      <Share label="Safe route" share={window.safe_route} hint="decided answers" />
      <Share label="Abstained" share={window.abstention} hint="answers" />
      <Share label="Unverified" share={window.unverified} tone="warning" hint="answers" />
      <Share label="Errors" share={window.errors} tone="warning" hint="calls" />
    </Shares>
  </Section>
);
