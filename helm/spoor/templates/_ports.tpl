{{/* The daemons' ports, by v1's names. Each define gives a YAML list; collector's takes the root, for Zipkin. */}}
{{- define "spoor.agentPorts" -}}
- {name: zipkin-compact, port: 5775, protocol: UDP}
- {name: jaeger-compact, port: 6831, protocol: UDP}
- {name: jaeger-binary, port: 6832, protocol: UDP}
- {name: http, port: 5778}
{{- end }}

{{- define "spoor.collectorPorts" -}}
- {name: grpc, port: 14250, appProtocol: grpc}
- {name: http, port: 14268, appProtocol: http}
- {name: otlp-grpc, port: 4317, appProtocol: grpc}
- {name: otlp-http, port: 4318, appProtocol: http}
{{- if .Values.collector.zipkin.enabled }}
- {name: zipkin, port: 9411, appProtocol: http}
{{- end }}
{{- end }}

{{- define "spoor.queryPorts" -}}
- {name: query, port: 16686, appProtocol: http}
- {name: grpc, port: 16685, appProtocol: grpc}
{{- end }}

{{- define "spoor.adminPort" -}}
{{- $ports := dict "agent" 14271 "collector" 14269 "ingester" 14270 "query" 16687 "all-in-one" 14269 -}}
{{- index $ports . }}
{{- end }}

{{/* The ports of a component's pods. Takes (list root component). Gives an object with the list `ports`. */}}
{{- define "spoor.podPorts" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $ports := list -}}
{{- if has $component (list "agent" "all-in-one") }}{{ $ports = concat $ports (include "spoor.agentPorts" $root | fromYamlArray) }}{{ end -}}
{{- if has $component (list "collector" "all-in-one") }}
{{- range include "spoor.collectorPorts" $root | fromYamlArray }}
{{- /* In one pod each name may be there once; the agent and query have "http" and "grpc" too. */}}
{{- $name := ternary (printf "c-%s" .name) .name (and (eq $component "all-in-one") (has .name (list "grpc" "http"))) }}
{{- $ports = append $ports (set . "name" $name) }}
{{- end }}
{{- end -}}
{{- if has $component (list "query" "all-in-one") }}{{ $ports = concat $ports (include "spoor.queryPorts" $root | fromYamlArray) }}{{ end -}}
{{- $ports = append $ports (dict "name" "admin" "port" (include "spoor.adminPort" $component | int)) -}}
{{- toYaml (dict "ports" $ports) }}
{{- end }}

{{/*
A Service's ports and the pods' admin port. Takes dict ports (list; servicePort where it is not the pods'), adminPort.
Pods are meant by number: those of all-in-one call some of their ports otherwise.
*/}}
{{- define "spoor.servicePorts" -}}
{{- range .ports }}
- name: {{ .name }}
  port: {{ default .port .servicePort }}
  targetPort: {{ .port }}
  protocol: {{ default "TCP" .protocol }}
  {{- with .appProtocol }}
  appProtocol: {{ . }}
  {{- end }}
{{- end }}
- name: admin
  port: {{ .adminPort }}
  targetPort: admin
  protocol: TCP
{{- end }}
