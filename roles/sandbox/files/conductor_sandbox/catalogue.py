# Copyright (c) 2026, orkes.conductor contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of integration that the sandbox knows, and the closed list of configuration keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

FieldType = Literal["DROPDOWN", "TEXT", "PASSWORD", "FILE"]

CONFIGURATION_KEYS = frozenset(
    (
        "api_key",
        "user",
        "endpoint",
        "authUrl",
        "environment",
        "projectName",
        "indexName",
        "publisher",
        "password",
        "namespace",
        "batchSize",
        "batchWaitTime",
        "visibilityTimeout",
        "connectionType",
        "connectionPoolSize",
        "consumer",
        "stream",
        "batchPollConsumersCount",
        "consumer_type",
        "region",
        "awsAccountId",
        "externalId",
        "roleArn",
        "protocol",
        "mechanism",
        "port",
        "schemaRegistryUrl",
        "schemaRegistryApiKey",
        "schemaRegistryApiSecret",
        "authenticationType",
        "truststoreAuthenticationType",
        "tls",
        "cipherSuite",
        "pubSubMethod",
        "keyStorePassword",
        "keyStoreLocation",
        "schemaRegistryAuthType",
        "valueSubjectNameStrategy",
        "datasourceURL",
        "jdbcDriver",
        "subscription",
        "serviceAccountCredentials",
        "file",
        "tlsFile",
        "queueManager",
        "groupId",
        "channel",
        "dimensions",
        "distance_metric",
        "indexing_method",
        "inverted_list_count",
        "pullPeriod",
        "pullBatchWaitMillis",
        "completionsPath",
        "betaVersion",
        "version",
    )
)
SECRET_KEYS = frozenset(
    (
        "api_key",
        "password",
        "keyStorePassword",
        "schemaRegistryApiKey",
        "schemaRegistryApiSecret",
        "serviceAccountCredentials",
    )
)
CATEGORIES = ("API", "AI_MODEL", "VECTOR_DB", "RELATIONAL_DB", "MESSAGE_BROKER", "GIT", "EMAIL", "MCP")


@dataclass(frozen=True)
class Field:
    """One entry of an integration's form."""

    name: str
    label: str
    type: FieldType = "TEXT"
    optional: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """One kind of integration."""

    type: str
    label: str
    category: str
    category_label: str
    fields: tuple[Field, ...]
    models: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The keys that a complete configuration carries."""
        return tuple(field.name for field in self.fields if not field.optional)

    def as_definition(self) -> dict[str, Any]:
        """The kind in the shape of the interface."""
        return {
            "name": self.type,
            "type": self.type,
            "category": self.category,
            "categoryLabel": self.category_label,
            "description": f"Connects to {self.label}.",
            "enabled": True,
            "iconName": self.type,
            "tags": [self.category_label],
            "apis": [{"api": model, "description": model, "integrationType": self.type} for model in self.models],
            "configuration": [
                {
                    "fieldName": field.name,
                    "fieldType": field.type,
                    "label": field.label,
                    "description": f"{field.label} of {self.label}.",
                    "optional": field.optional,
                    "valueOptions": [{"label": option, "value": option} for option in field.options],
                }
                for field in self.fields
            ],
        }


_KEY = Field("api_key", "API key", "PASSWORD")
_LLM = "AI / LLM"
KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind(
            "huggingface",
            "Hugging Face",
            "AI_MODEL",
            _LLM,
            (_KEY, Field("namespace", "Namespace")),
            ("acme/tiny-llm", "acme/small-llm"),
        ),
        Kind(
            "openai",
            "OpenAI",
            "AI_MODEL",
            _LLM,
            (_KEY, Field("endpoint", "Endpoint", optional=True)),
            ("tiny-chat", "tiny-embedding"),
        ),
        Kind("azure_openai", "Azure OpenAI", "AI_MODEL", _LLM, (_KEY, Field("endpoint", "Endpoint")), ("tiny-chat",)),
        Kind(
            "anthropic",
            "Anthropic",
            "AI_MODEL",
            _LLM,
            (
                _KEY,
                Field("endpoint", "Endpoint", optional=True),
                Field("version", "Version", optional=True),
                Field("betaVersion", "Beta version", optional=True),
                Field("completionsPath", "Path", optional=True),
            ),
            ("tiny-assistant",),
        ),
        Kind(
            "pineconedb",
            "Pinecone",
            "VECTOR_DB",
            "Vector database",
            (
                _KEY,
                Field("endpoint", "Endpoint", optional=True),
                Field("environment", "Environment"),
                Field("projectName", "Project"),
            ),
        ),
        Kind(
            "relational_db",
            "a relational database",
            "RELATIONAL_DB",
            "Relational database",
            (
                Field("datasourceURL", "Data source"),
                Field("jdbcDriver", "Driver", "DROPDOWN", options=("postgres", "mysql")),
                Field("user", "User"),
                Field("password", "Password", "PASSWORD"),
                Field("connectionPoolSize", "Pool size", optional=True),
            ),
        ),
        Kind(
            "kafka",
            "Apache Kafka",
            "MESSAGE_BROKER",
            "Message broker",
            (
                Field("endpoint", "Bootstrap servers"),
                Field("protocol", "Protocol", "DROPDOWN", options=("PLAINTEXT", "SASL_SSL")),
                Field("user", "User", optional=True),
                Field("password", "Password", "PASSWORD", optional=True),
                Field("consumer", "Consumer group", optional=True),
            ),
        ),
        Kind("sendgrid", "SendGrid", "EMAIL", "E-mail", (_KEY,)),
    )
}


def is_secret(kind: str, key: str) -> bool:
    """Whether a configuration key of this kind holds a secret."""
    known = KINDS.get(kind)
    for field in known.fields if known else ():
        if field.name == key:
            return field.type == "PASSWORD"
    return key in SECRET_KEYS
