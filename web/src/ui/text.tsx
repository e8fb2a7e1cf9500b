// Text from the API, shown as text: hidden characters written out, its direction kept to itself.
import { visible } from "@/lib/visible-text";

import { Unknown } from "./unknown";

interface Props {
  children: string | null | undefined;
  mono?: boolean;
}

export const Text = ({ children, mono = false }: Props) => {
  if (children == null) return <Unknown />;
  if (children === "") return <span className="quiet">(empty)</span>;
  return <bdi className={mono ? "mono" : undefined}>{visible(children)}</bdi>;
};
