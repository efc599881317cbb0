/** Every port that Morning listens on. Tests use port 0. */
export const ports = {
  /** Console, API, services and foreign protocols under `/compat/`. */
  http: 7070,
  otlpGrpc: 4317,
  otlpHttp: 4318,
  smtp: 1025,
  postgres: 5439,
  servingHttp: 8080,
  servingGrpc: 8081,
} as const;
