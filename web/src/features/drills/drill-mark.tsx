// Says that a run is a drill's: nothing of it is real, and nobody needs to act.
import { Link } from "@tanstack/react-router";

import { paths } from "@/app/paths";
import { Banner } from "@/ui/banner";
import { Text } from "@/ui/text";

export const DrillMark = ({ promise }: { promise: string | null }) => (
  <Banner tone="info" icon="play" title="This is a drill: it was broken on purpose.">
    <p>
      Nothing of it reaches a user, and it is in no count.
      {promise === null ? null : (
        <>
          {" "}
          See the drills of{" "}
          <Link to={paths.promise} params={{ name: promise }}>
            <Text mono>{promise}</Text>
          </Link>
          .
        </>
      )}
    </p>
  </Banner>
);
