// What a span is to the counts, as a badge.
import type { SpanKind } from "@/api/contract";
import { Badge, type Tone } from "@/ui/badge";
import type { IconName } from "@/ui/icon";

const KINDS: Record<SpanKind, { word: string; tone: Tone; icon: IconName }> = {
  answer: { word: "answer", tone: "info", icon: "send" },
  call: { word: "model call", tone: "good", icon: "play" },
  tool: { word: "tool", tone: "doubt", icon: "hand" },
  agent: { word: "agent", tone: "neutral", icon: "ring" },
  duplicate: { word: "duplicate, not counted", tone: "neutral", icon: "copy" },
  gateway: { word: "gateway, not counted", tone: "neutral", icon: "out" },
  other: { word: "span", tone: "neutral", icon: "dash" },
};

export const SpanKindBadge = ({ kind }: { kind: SpanKind }) => {
  const { word, tone, icon } = KINDS[kind];
  return <Badge tone={tone} icon={icon}>{word}</Badge>;
};

/** The word alone, where there is no room for a badge. */
export const kindWord = (kind: SpanKind): string => KINDS[kind].word;
