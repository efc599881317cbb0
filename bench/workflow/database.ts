/** Databases of the Postgres server that the benchmark may use, and what works for them. */
import { Client } from "pg";

async function asked<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

let made = 0;

/** A database that is there until it is dropped. */
export interface Database {
  readonly url: string;
  drop(): Promise<void>;
}

/** Makes an empty database beside the one that `server` names. */
export async function makeDatabase(server: string): Promise<Database> {
  const name = `bench_workflow_${process.pid}_${made++}`;
  await asked(server, (client) => client.query(`create database ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await asked(server, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** Process ids of the server's sessions in a database. */
export function backendsOf(url: string): Promise<readonly number[]> {
  return asked(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    return rows.map(({ pid }) => pid);
  });
}

/** Version and the settings that say whether a commit is durable. */
export function describeServer(url: string): Promise<string> {
  return asked(url, async (client) => {
    const { rows } = await client.query<{ version: string; fsync: string; commit: string }>(
      `select current_setting('server_version') as version, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit`,
    );
    const [{ version, fsync, commit } = { version: "?", fsync: "?", commit: "?" }] = rows;
    return `PostgreSQL ${version.split(" ")[0]} (fsync ${fsync}, synchronous_commit ${commit})`;
  });
}
