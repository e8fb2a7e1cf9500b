// An address from outside: a link when it is http or https, plain text otherwise.
import type { ReactNode } from "react";

import { safeUrl } from "@/lib/safe-url";

import { Icon } from "./icon";
import { Text } from "./text";

interface Props {
  url: string;
  children?: ReactNode;
}

export const OutboundLink = ({ url, children }: Props) => {
  const href = safeUrl(url);
  if (href === null) return <Text>{url}</Text>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children ?? <Text>{url}</Text>} <Icon name="out" size={11} />
      <span className="visually-hidden"> (opens in a new tab)</span>
    </a>
  );
};
