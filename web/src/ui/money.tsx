// Nano-USD as dollars, together with the rate card it was computed with; unknown stays unknown.
import { usd } from "@/lib/money";

import { Text } from "./text";
import { Unknown } from "./unknown";

interface Props {
  nanoUsd: number | null | undefined;
  rateCard?: string | null | undefined;
}

export const Money = ({ nanoUsd, rateCard }: Props) => {
  const text = usd(nanoUsd);
  return (
    <span>
      {text === null ? <Unknown /> : <span className="nums">{text}</span>}
      {rateCard === undefined ? null : (
        <span className="quiet">
          {" "}
          {rateCard === null ? "no rate card" : <>rate card <Text mono>{rateCard}</Text></>}
        </span>
      )}
    </span>
  );
};
