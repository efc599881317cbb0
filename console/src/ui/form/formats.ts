/** Formats that a form checks and knows an example of; others are the server's to judge. */
interface Format {
  readonly holds: (text: string) => boolean;
  readonly example: string;
}

const matches =
  (pattern: RegExp): ((text: string) => boolean) =>
  (text) =>
    pattern.test(text);

const isDay = (text: string): boolean => {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
};

const time = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/i;

const isInstant = (text: string): boolean => {
  const [day = "", rest = ""] = text.split(/[Tt ]/, 2);
  return isDay(day) && time.test(rest);
};

const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text);

const formats: Readonly<Record<string, Format>> = {
  "date-time": { holds: isInstant, example: "2026-01-01T09:00:00Z" },
  date: { holds: isDay, example: "2026-01-01" },
  time: { holds: matches(time), example: "09:00:00Z" },
  duration: {
    holds: matches(/^P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)$/),
    example: "PT15M",
  },
  email: { holds: matches(/^[^\s@]+@[^\s@]+$/), example: "name@example.com" },
  hostname: {
    holds: matches(
      /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i,
    ),
    example: "example.com",
  },
  ipv4: {
    holds: matches(/^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/),
    example: "192.0.2.1",
  },
  ipv6: { holds: matches(/^(?=.*:.*:)[0-9a-f:.]+$/i), example: "2001:db8::1" },
  uri: { holds: isUri, example: "https://example.com/" },
  "uri-reference": { holds: matches(/^\S*$/), example: "/" },
  uuid: {
    holds: matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i),
    example: "3f2a8c1e-5b7d-4e60-9a41-0c6d2e8f7b15",
  },
  "json-pointer": { holds: matches(/^(\/([^~/]|~[01])*)*$/), example: "/" },
};

/** The format of a name, if the form knows it. */
export const formatOf = (name: string | undefined): Format | undefined =>
  name !== undefined && Object.hasOwn(formats, name) ? formats[name] : undefined;
