{{/*
What daemons need to know of the store and of Kafka, as v1's environment. Each define gives a YAML object:
  env: [...], volumes: [...], mounts: [...]
*/}}

{{/* A client's TLS. Takes dict tls, prefix (of the variables), name (of the volume). */}}
{{- define "spoor.tls" -}}
{{- $dir := printf "/etc/spoor/%s" .name -}}
env:
  - name: {{ .prefix }}_TLS_ENABLED
    value: "true"
  {{- if .tls.existingSecret }}
  - name: {{ .prefix }}_TLS_CA
    value: {{ $dir }}/ca.crt
  {{- if .tls.clientCertificate }}
  - name: {{ .prefix }}_TLS_CERT
    value: {{ $dir }}/tls.crt
  - name: {{ .prefix }}_TLS_KEY
    value: {{ $dir }}/tls.key
  {{- end }}
  {{- end }}
  {{- with .tls.serverName }}
  - name: {{ $.prefix }}_TLS_SERVER_NAME
    value: {{ . | quote }}
  {{- end }}
  {{- if .tls.skipHostVerify }}
  - name: {{ .prefix }}_TLS_SKIP_HOST_VERIFY
    value: "true"
  {{- end }}
{{- if .tls.existingSecret }}
volumes:
  - name: {{ .name }}
    secret:
      secretName: {{ .tls.existingSecret }}
      defaultMode: 288
mounts:
  - name: {{ .name }}
    mountPath: {{ $dir }}
    readOnly: true
{{- end }}
{{- end }}

{{/* User name and password out of a secret. Takes dict auth, prefix. */}}
{{- define "spoor.credentials" -}}
- name: {{ .prefix }}_USERNAME
  valueFrom:
    secretKeyRef:
      name: {{ .auth.existingSecret }}
      key: {{ .auth.usernameKey }}
- name: {{ .prefix }}_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ .auth.existingSecret }}
      key: {{ .auth.passwordKey }}
{{- end }}

{{/* The store that queries read. */}}
{{- define "spoor.storage" -}}
{{- $type := include "spoor.storageType" . -}}
{{- $env := list (dict "name" "SPAN_STORAGE_TYPE" "value" $type) -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- if eq $type "cassandra" }}
{{- $cassandra := .Values.storage.cassandra }}
{{- $env = concat $env (list
      (dict "name" "CASSANDRA_SERVERS" "value" $cassandra.host)
      (dict "name" "CASSANDRA_PORT" "value" (toString $cassandra.port))
      (dict "name" "CASSANDRA_KEYSPACE" "value" $cassandra.keyspace)) }}
{{- with $cassandra.localDc }}
{{- $env = append $env (dict "name" "CASSANDRA_LOCAL_DC" "value" .) }}
{{- end }}
{{- if $cassandra.auth.existingSecret }}
{{- $env = concat $env (include "spoor.credentials" (dict "auth" $cassandra.auth "prefix" "CASSANDRA") | fromYamlArray) }}
{{- end }}
{{- if $cassandra.tls.enabled }}
{{- $tls := include "spoor.tls" (dict "tls" $cassandra.tls "prefix" "CASSANDRA" "name" "cassandra-tls") | fromYaml }}
{{- $env = concat $env $tls.env }}
{{- $volumes = concat $volumes (default list $tls.volumes) }}
{{- $mounts = concat $mounts (default list $tls.mounts) }}
{{- end }}
{{- $env = concat $env $cassandra.extraEnv }}
{{- else if has $type (list "elasticsearch" "opensearch") }}
{{- $elasticsearch := .Values.storage.elasticsearch }}
{{- $env = append $env (dict "name" "ES_SERVER_URLS" "value" (join "," $elasticsearch.serverUrls)) }}
{{- with $elasticsearch.indexPrefix }}
{{- $env = append $env (dict "name" "ES_INDEX_PREFIX" "value" .) }}
{{- end }}
{{- if $elasticsearch.auth.existingSecret }}
{{- $env = concat $env (include "spoor.credentials" (dict "auth" $elasticsearch.auth "prefix" "ES") | fromYamlArray) }}
{{- end }}
{{- if $elasticsearch.tls.enabled }}
{{- $tls := include "spoor.tls" (dict "tls" $elasticsearch.tls "prefix" "ES" "name" "elasticsearch-tls") | fromYaml }}
{{- $env = concat $env $tls.env }}
{{- $volumes = concat $volumes (default list $tls.volumes) }}
{{- $mounts = concat $mounts (default list $tls.mounts) }}
{{- end }}
{{- $env = concat $env $elasticsearch.extraEnv }}
{{- else if eq $type "embedded" }}
{{- $embedded := .Values.storage.embedded }}
{{- $env = concat $env (list
      (dict "name" "EMBEDDED_DIRECTORY" "value" "/data/spoor")
      (dict "name" "EMBEDDED_RETENTION" "value" $embedded.retention)
      (dict "name" "EMBEDDED_MAX_BYTES" "value" (printf "%d" (int64 $embedded.maxBytes)))) }}
{{- $volume := dict "name" "data" "emptyDir" dict }}
{{- if $embedded.persistence.enabled }}
{{- $claim := default (printf "%s-data" (include "spoor.fullname" .)) $embedded.persistence.existingClaim }}
{{- $volume = dict "name" "data" "persistentVolumeClaim" (dict "claimName" $claim) }}
{{- end }}
{{- $volumes = append $volumes $volume }}
{{- $mounts = append $mounts (dict "name" "data" "mountPath" "/data") }}
{{- else if eq $type "memory" }}
{{- $env = append $env (dict "name" "MEMORY_MAX_TRACES" "value" (printf "%d" (int64 .Values.storage.memory.maxTraces))) }}
{{- $env = concat $env .Values.storage.memory.extraEnv }}
{{- end }}
{{- toYaml (dict "env" $env "volumes" $volumes "mounts" $mounts) }}
{{- end }}

{{/* The way to Kafka. Takes dict root, prefix (KAFKA_PRODUCER or KAFKA_CONSUMER). */}}
{{- define "spoor.kafka" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $env := list
      (dict "name" (printf "%s_BROKERS" .prefix) "value" (join "," $kafka.brokers))
      (dict "name" (printf "%s_TOPIC" .prefix) "value" $kafka.topic)
      (dict "name" (printf "%s_ENCODING" .prefix) "value" $kafka.encoding)
      (dict "name" (printf "%s_AUTHENTICATION" .prefix) "value" $kafka.authentication) -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- if eq $kafka.authentication "plaintext" }}
{{- $env = append $env (dict "name" (printf "%s_PLAINTEXT_MECHANISM" .prefix) "value" $kafka.sasl.mechanism) }}
{{- $env = concat $env (include "spoor.credentials" (dict "auth" $kafka.sasl "prefix" (printf "%s_PLAINTEXT" .prefix)) | fromYamlArray) }}
{{- end }}
{{- if or $kafka.tls.enabled (eq $kafka.authentication "tls") }}
{{- $tls := include "spoor.tls" (dict "tls" $kafka.tls "prefix" .prefix "name" "kafka-tls") | fromYaml }}
{{- $env = concat $env $tls.env }}
{{- $volumes = concat $volumes (default list $tls.volumes) }}
{{- $mounts = concat $mounts (default list $tls.mounts) }}
{{- end }}
{{- toYaml (dict "env" $env "volumes" $volumes "mounts" $mounts) }}
{{- end }}

{{/* Sampling strategies, Zipkin's port: what the collector's role takes. Gives env, volumes, mounts. */}}
{{- define "spoor.collectorSettings" -}}
{{- $env := list -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- if .Values.collector.zipkin.enabled }}
{{- $env = append $env (dict "name" "COLLECTOR_ZIPKIN_HOST_PORT" "value" ":9411") }}
{{- end }}
{{- if .Values.collector.samplingConfig }}
{{- $env = append $env (dict "name" "SAMPLING_STRATEGIES_FILE" "value" "/etc/spoor/sampling/strategies.json") }}
{{- $env = append $env (dict "name" "SAMPLING_STRATEGIES_RELOAD_INTERVAL" "value" "1m") }}
{{- $name := printf "%s-sampling-strategies" (include "spoor.fullname" .) }}
{{- $volumes = append $volumes (dict "name" "sampling" "configMap" (dict "name" $name)) }}
{{- $mounts = append $mounts (dict "name" "sampling" "mountPath" "/etc/spoor/sampling" "readOnly" true) }}
{{- end }}
{{- toYaml (dict "env" $env "volumes" $volumes "mounts" $mounts) }}
{{- end }}

{{/* Base path and UI configuration: what the query role takes. Gives env, volumes, mounts. */}}
{{- define "spoor.querySettings" -}}
{{- $env := list -}}
{{- $volumes := list -}}
{{- $mounts := list -}}
{{- with .Values.query.basePath }}
{{- $env = append $env (dict "name" "QUERY_BASE_PATH" "value" .) }}
{{- end }}
{{- if .Values.query.uiConfig }}
{{- $env = append $env (dict "name" "QUERY_UI_CONFIG" "value" "/etc/spoor/ui/config.json") }}
{{- $name := printf "%s-ui-configuration" (include "spoor.fullname" .) }}
{{- $volumes = append $volumes (dict "name" "ui" "configMap" (dict "name" $name)) }}
{{- $mounts = append $mounts (dict "name" "ui" "mountPath" "/etc/spoor/ui" "readOnly" true) }}
{{- end }}
{{- toYaml (dict "env" $env "volumes" $volumes "mounts" $mounts) }}
{{- end }}
