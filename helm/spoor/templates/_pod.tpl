{{/*
A pod's template for a daemon. Takes a dict:
  root, component, values (of the component), ports (list of {name, port, protocol, hostPort}),
  env, volumes, mounts (lists), checksum (text whose change restarts pods; may be absent)
*/}}
{{- define "spoor.podTemplate" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $isDaemonSet := eq .component "agent" -}}
metadata:
  labels:
    {{- include "spoor.labels" (list $root .component) | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- $annotations := merge (dict) $values.podAnnotations $root.Values.commonAnnotations }}
  {{- with .checksum }}
  {{- $_ := set $annotations "checksum/config" (. | sha256sum) }}
  {{- end }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "spoor.serviceAccountName" $root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
  {{- if $isDaemonSet }}
  {{- if $values.useHostNetwork }}
  hostNetwork: true
  {{- end }}
  {{- with (default (ternary "ClusterFirstWithHostNet" "" $values.useHostNetwork) $values.dnsPolicy) }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- end }}
  securityContext:
    {{- toYaml $root.Values.podSecurityContext | nindent 4 }}
  containers:
    - name: {{ .component }}
      image: {{ include "spoor.image" (list $root $values.image) | quote }}
      imagePullPolicy: {{ default $root.Values.image.pullPolicy $values.image.pullPolicy }}
      securityContext:
        {{- toYaml $root.Values.securityContext | nindent 8 }}
      {{- with $values.cmdlineParams }}
      args:
        {{- range $flag, $value := . }}
        - {{ printf "--%s=%v" $flag $value | quote }}
        {{- end }}
      {{- end }}
      {{- with concat .env $values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.envFrom }}
      envFrom:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        {{- range .ports }}
        - name: {{ .name }}
          containerPort: {{ .port }}
          protocol: {{ default "TCP" .protocol }}
          {{- if and $isDaemonSet $values.useHostPort (ne .name "admin") }}
          hostPort: {{ .port }}
          {{- end }}
        {{- end }}
      {{- range $probe := list "startup" "liveness" "readiness" }}
      {{- with index $root.Values.probes $probe }}
      {{ $probe }}Probe:
        httpGet:
          path: {{ .path }}
          port: admin
        periodSeconds: {{ .periodSeconds }}
        timeoutSeconds: {{ .timeoutSeconds }}
        failureThreshold: {{ .failureThreshold }}
      {{- end }}
      {{- end }}
      {{- if and (not $isDaemonSet) (gt (int $root.Values.preStopSleepSeconds) 0) }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ $root.Values.preStopSleepSeconds }}
      {{- end }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      {{- with concat .mounts $values.extraVolumeMounts }}
      volumeMounts:
        {{- toYaml . | nindent 8 }}
      {{- end }}
  {{- with concat .volumes $values.extraVolumes }}
  volumes:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if not (or $isDaemonSet (eq .component "all-in-one")) }}
  topologySpreadConstraints:
    {{- if $values.topologySpreadConstraints }}
    {{- toYaml $values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "spoor.selectorLabels" (list $root .component) | nindent 10 }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* HorizontalPodAutoscaler and PodDisruptionBudget of a Deployment. Takes dict root component values. */}}
{{- define "spoor.scaling" -}}
{{- $name := printf "%s-%s" (include "spoor.fullname" .root) .component -}}
{{- with .values.autoscaling }}
{{- if .enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "spoor.metadata" (dict "root" $.root "component" $.component "name" $name) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $name }}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    {{- with .targetCPUUtilizationPercentage }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ . }}
    {{- end }}
    {{- with .targetMemoryUtilizationPercentage }}
    - type: Resource
      resource:
        name: memory
        target:
          type: Utilization
          averageUtilization: {{ . }}
    {{- end }}
  {{- with .behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- $replicas := ternary .values.autoscaling.minReplicas .values.replicaCount .values.autoscaling.enabled }}
{{- if and .values.podDisruptionBudget.enabled (gt (int $replicas) 1) }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "spoor.metadata" (dict "root" .root "component" .component "name" $name) | nindent 2 }}
spec:
  maxUnavailable: {{ .values.podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels:
      {{- include "spoor.selectorLabels" (list .root .component) | nindent 6 }}
{{- end }}
{{- end }}

{{/* A Deployment that may be scaled. Takes what spoor.podTemplate takes. */}}
{{- define "spoor.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "spoor.metadata" (dict "root" .root "component" .component "name" (printf "%s-%s" (include "spoor.fullname" .root) .component)) | nindent 2 }}
spec:
  {{- if not .values.autoscaling.enabled }}
  replicas: {{ .values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "spoor.selectorLabels" (list .root .component) | nindent 6 }}
  {{- with .values.updateStrategy }}
  strategy:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  template:
    {{- include "spoor.podTemplate" . | nindent 4 }}
{{- end }}
