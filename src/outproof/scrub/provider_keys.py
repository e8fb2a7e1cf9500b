"""The forms of keys that providers hand out: how each begins, which nothing else does, and how it goes on."""

from __future__ import annotations

import re

from outproof.scrub.rule import Rule, Where

# Lengths are those their issuers document or scanners agree on, with room to both sides. What has no specification is
# taken by its beginning and a length that no ordinary name has.
_FORMS: tuple[tuple[str, str], ...] = (
    ("sk-", r"[A-Za-z0-9_-]{16,200}"),  # OpenAI, Anthropic, OpenRouter, DeepSeek, LiteLLM, Langfuse
    ("pk-lf-", r"[A-Za-z0-9-]{16,60}"),  # Langfuse
    ("gsk_", r"[A-Za-z0-9]{20,100}"),  # Groq
    ("hf_", r"[A-Za-z0-9]{30,40}"),  # Hugging Face
    ("api_org_", r"[A-Za-z]{30,40}"),
    ("pplx-", r"[A-Za-z0-9]{40,60}"),  # Perplexity
    ("xai-", r"[A-Za-z0-9]{20,100}"),
    ("r8_", r"[A-Za-z0-9]{20,60}"),  # Replicate
    ("lsv2_", r"[a-z]{2}_[A-Za-z0-9_]{20,80}"),  # LangSmith
    ("tgp_v1_", r"[A-Za-z0-9_-]{20,80}"),  # Together
    ("AKIA", r"[A-Z0-9]{16}"),  # AWS
    ("ASIA", r"[A-Z0-9]{16}"),
    ("ABIA", r"[A-Z0-9]{16}"),
    ("ACCA", r"[A-Z0-9]{16}"),
    ("ABSK", r"[A-Za-z0-9+/]{100,280}={0,2}"),  # Bedrock
    ("bedrock-api-key-", r"[A-Za-z0-9+/=_-]{20,2000}"),
    ("AIza", r"[\w-]{30,40}"),  # Google
    ("GOCSPX-", r"[\w-]{28}"),
    ("ya29.", r"[\w-]{20,500}"),
    ("ghp_", r"[A-Za-z0-9]{36,80}"),  # GitHub
    ("gho_", r"[A-Za-z0-9]{36,80}"),
    ("ghu_", r"[A-Za-z0-9]{36,80}"),
    ("ghs_", r"[A-Za-z0-9]{36,80}"),
    ("ghr_", r"[A-Za-z0-9]{36,80}"),
    ("github_pat_", r"\w{60,90}"),
    ("glpat-", r"[\w.-]{20,60}"),  # GitLab
    ("glptt-", r"[0-9a-f]{40}"),
    ("xoxa-", r"[A-Za-z0-9-]{10,200}"),  # Slack
    ("xoxb-", r"[A-Za-z0-9-]{10,200}"),
    ("xoxp-", r"[A-Za-z0-9-]{10,200}"),
    ("xoxe", r"[.-][A-Za-z0-9.-]{10,250}"),
    ("xoxr-", r"[A-Za-z0-9-]{10,200}"),
    ("xoxs-", r"[A-Za-z0-9-]{10,200}"),
    ("xapp-", r"\d-[A-Z0-9]{5,20}-\d{5,20}-[a-z0-9]{10,100}"),
    ("hooks.slack.com/", r"(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,80}"),
    ("sk_live_", r"[A-Za-z0-9]{10,99}"),  # Stripe
    ("sk_test_", r"[A-Za-z0-9]{10,99}"),
    ("sk_prod_", r"[A-Za-z0-9]{10,99}"),
    ("rk_live_", r"[A-Za-z0-9]{10,99}"),
    ("rk_test_", r"[A-Za-z0-9]{10,99}"),
    ("rk_prod_", r"[A-Za-z0-9]{10,99}"),
    ("whsec_", r"[A-Za-z0-9+/=]{20,100}"),
    ("SG.", r"[\w-]{16,32}\.[\w-]{30,64}"),  # SendGrid
    ("SK", r"[0-9a-f]{32}(?![0-9A-Za-z])"),  # Twilio
    ("npm_", r"[A-Za-z0-9]{36}"),
    ("pypi-AgE", r"[\w-]{50,1000}"),
    ("dapi", r"[a-f0-9]{32}(?:-\d)?"),  # Databricks
    ("glsa_", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),  # Grafana
    ("glc_", r"[A-Za-z0-9+/]{32,400}={0,2}"),
    ("hvs.", r"[\w-]{20,120}"),  # Vault
    ("hvb.", r"[\w-]{100,300}"),
    (".atlasv1.", r"[A-Za-z0-9=_-]{60,70}"),  # Terraform
    ("dop_v1_", r"[a-f0-9]{64}"),  # DigitalOcean
    ("doo_v1_", r"[a-f0-9]{64}"),
    ("dor_v1_", r"[a-f0-9]{64}"),
    ("ntn_", r"[A-Za-z0-9]{40,60}"),  # Notion
    ("lin_api_", r"[A-Za-z0-9]{40}"),  # Linear
    ("PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),  # Postman
    ("NRAK-", r"[A-Z0-9]{27}"),  # New Relic
    ("sntrys_", r"[A-Za-z0-9+/=_-]{40,300}"),  # Sentry
    ("sntryu_", r"[a-f0-9]{64}"),
    ("shpat_", r"[a-fA-F0-9]{32}"),  # Shopify
    ("shpca_", r"[a-fA-F0-9]{32}"),
    ("shppa_", r"[a-fA-F0-9]{32}"),
    ("shpss_", r"[a-fA-F0-9]{32}"),
    ("dp.pt.", r"[A-Za-z0-9]{40,50}"),  # Doppler
    ("AGE-SECRET-KEY-1", r"[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    ("op_", r"[a-z2-7]{40,60}"),  # Outproof
)

# What stands before the beginning must be no part of a longer word, or any word that ends so would count. It is looked
# at after the beginning was found: a pattern that begins with plain text is searched for several times faster.
RULES: tuple[Rule, ...] = (
    *(
        Rule("API_KEY", rf"{start}(?<![A-Za-z0-9]{start}){rest}", hints=(hint,), where=Where.TOKENS)
        for hint, rest in _FORMS
        for start in (re.escape(hint),)
    ),
    Rule("API_KEY", r"(?<![\w~.-])[\w~.]{3}\dQ~[\w~.-]{31,34}", hints=("Q~",), where=Where.TOKENS),  # Azure AD
)
