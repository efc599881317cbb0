import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { cloudwatchEndpoint } from "./cloudwatch.ts";
import { foreignStage } from "./stage.contract.ts";

const path = "/compat/cloudwatch";
const message = (logGroup: string, logStream: string, text: string): object => ({
  messageType: "DATA_MESSAGE",
  owner: "1",
  logGroup,
  logStream,
  logEvents: [{ id: "e", timestamp: 1_700_000_000_000, message: text }],
});
const pack = (value: object): string => gzipSync(JSON.stringify(value)).toString("base64");

it("takes Firehose's records of Fargate and RDS, and answers by its contract", async () => {
  const stage = await foreignStage((intake) => [cloudwatchEndpoint(intake)]);
  const task = "0123456789abcdef0123456789abcdef";
  const records = [
    { data: pack({ messageType: "CONTROL_MESSAGE" }) },
    { data: pack(message("/ecs/shop", `orders/api/${task}`, "ERROR no stock\n")) },
    { data: pack(message("/aws/rds/instance/main/postgresql", "main.0", "LOG: ready")) },
  ];
  const headers = { "x-amz-firehose-request-id": "r-1", "x-amz-firehose-access-key": "k" };
  const answer = await stage.post(path, JSON.stringify({ records }), headers);
  expect(await answer.json()).toMatchObject({ requestId: "r-1", timestamp: expect.any(Number) });
  expect(stage.stored().logs).toMatchObject([
    {
      body: "ERROR no stock",
      severity: 17,
      origin: { resource: { "service.name": "orders", "aws.ecs.task.id": task } },
    },
    { origin: { resource: { "service.name": "main", "db.system.name": "postgresql" } } },
  ]);
});

it("takes a function's event, and refuses what is cut or a bomb", async () => {
  const stage = await foreignStage((intake) => [cloudwatchEndpoint(intake)]);
  const data = pack(message("/aws/lambda/pay", "s", "hello"));
  expect((await stage.post(path, JSON.stringify({ awslogs: { data } }))).status).toBe(200);
  expect(stage.stored().logs[0]?.origin.resource).toMatchObject({ "faas.name": "pay" });
  const cut = { awslogs: { data: data.slice(0, 40) } };
  const bomb = { awslogs: { data: gzipSync(Buffer.alloc(20_000_000)).toString("base64") } };
  for (const [body, status] of [
    [JSON.stringify(cut), 400],
    [JSON.stringify(bomb), 413],
    ["{}", 400],
    ["[", 400],
  ] as const) {
    expect((await stage.post(path, body)).status).toBe(status);
  }
  expect(stage.intake.figures().heldBytes).toBe(0);
});
