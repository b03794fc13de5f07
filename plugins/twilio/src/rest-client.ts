import twilio from 'twilio';
import { annotationRefused, UndertoneError } from 'undertone';
import type { Credentials, Settings } from './settings.ts';

export type RestClient = InstanceType<typeof twilio.Twilio>;

/** `https://api.twilio.com/x` as `<apiUrl>/api.twilio.com/x`. */
export function redirected(uri: string, apiUrl: string | undefined): string {
  return apiUrl === undefined ? uri : uri.replace(/^https:\/\//, `${apiUrl.replace(/\/+$/, '')}/`);
}

/** Twilio's SDK with our account; undefined where the environment names none. */
export function restClient(credentials: Credentials, { apiUrl, annotations }: Settings): RestClient | undefined {
  const { accountSid, authToken, apiKey, apiSecret } = credentials;
  const hasKey = apiKey !== undefined && apiSecret !== undefined;
  const [user, password] = hasKey ? [apiKey, apiSecret] : [accountSid, authToken];
  if (accountSid === undefined || user === undefined || password === undefined) return undefined;
  // Too many requests: a few tries at once, the rest is for the host.
  const httpClient = new twilio.RequestClient({ timeout: annotations.timeoutMs, autoRetry: true, maxRetries: 2 });
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => {
    options.uri = redirected(options.uri, apiUrl);
    return request(options);
  };
  return twilio(user, password, { accountSid, httpClient });
}

/** What the SDK threw, as what it means for whether to try again. */
export function restError(cause: unknown, what: string): UndertoneError {
  if (cause instanceof UndertoneError) return cause;
  const { status } = cause as { readonly status?: number };
  // 409 and 412: somebody else changed it in between.
  const isFinal = status !== undefined && status >= 400 && status < 500 && ![408, 409, 412, 425, 429].includes(status);
  if (isFinal) return annotationRefused(`Twilio answers ${status} to ${what}`);
  return new UndertoneError('PLUGIN_FAILED', {
    subject: 'Twilio',
    problem: status === undefined ? `cannot be reached for ${what}` : `answers ${status} to ${what}`,
    remedy: 'It is tried again.',
    cause,
  });
}

/** Whether the SDK says that there is nothing (404). */
export const isMissing = (cause: unknown): boolean => (cause as { readonly status?: number }).status === 404;
