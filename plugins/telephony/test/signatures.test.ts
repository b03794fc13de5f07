// Signatures, against values that were made by other means, and what must not pass.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { CarrierRequest } from '../src/carriers/carrier.ts';
import { verifyAudioHook } from '../src/carriers/genesys-signature.ts';
import { plivo } from '../src/carriers/plivo.ts';
import { signalwire } from '../src/carriers/signalwire.ts';
import { telnyx } from '../src/carriers/telnyx.ts';
import { vonage } from '../src/carriers/vonage.ts';
import { audioHookHeaders } from '../src/simulate/genesys-player.ts';

const NOW = 1_700_000_000_000;
const request = (url: string, body: string, headers: Record<string, string>, method = 'POST'): CarrierRequest => ({ method, url, headers, body: Buffer.from(body) }); // prettier-ignore

test('SignalWire: forms as Twilio signs them, other bodies as they are', () => {
  // The example of Twilio's documentation, whose way this is: key 12345.
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const body = new URLSearchParams({ CallSid: 'CA1234567890ABCDE', Caller: '+14158675309', Digits: '1234', From: '+14158675309', To: '+18005551212' }).toString(); // prettier-ignore
  const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
  const signed = request(url, body, { 'x-signalwire-signature': signature });
  expect(signalwire.verify(signed, '12345', NOW)).toEqual({});
  expect(signalwire.verify(signed, '12346', NOW)).toBeUndefined();
  expect(signalwire.verify({ ...signed, url: `${url}&x=1` }, '12345', NOW)).toBeUndefined();
  expect(signalwire.verify({ ...signed, body: Buffer.from(`${body}&x=1`) }, '12345', NOW)).toBeUndefined();
  expect(signalwire.verify(request(url, body, {}), '12345', NOW)).toBeUndefined();
  const json = '{"a":1}';
  const whole = createHmac('sha1', '12345')
    .update(url + json)
    .digest('hex');
  expect(signalwire.verify(request(url, json, { 'x-signalwire-signature': whole }), '12345', NOW)).toEqual({});
});

test('Telnyx: Ed25519 over the time and the body, of now', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
  const body = 'CallSid=c1&From=%2B1';
  const at = String(NOW / 1000);
  const signature = sign(null, Buffer.from(`${at}|${body}`), privateKey).toString('base64');
  const signed = request('https://x.example/a', body, {
    'telnyx-signature-ed25519': signature,
    'telnyx-timestamp': at,
  });
  expect(telnyx.verify(signed, key, NOW)).toEqual({ once: `${at}|${signature}` });
  expect(telnyx.verify(signed, key, NOW + 301_000)).toBeUndefined();
  expect(telnyx.verify(signed, key, NOW - 301_000)).toBeUndefined();
  expect(telnyx.verify({ ...signed, body: Buffer.from(`${body}0`) }, key, NOW)).toBeUndefined();
  const other = { ...signed.headers, 'telnyx-timestamp': String(NOW / 1000 + 1) };
  expect(telnyx.verify({ ...signed, headers: other }, key, NOW)).toBeUndefined();
  expect(telnyx.verify({ ...signed, headers: { ...signed.headers, 'telnyx-signature-ed25519': 'AA' } }, key, NOW)).toBeUndefined(); // prettier-ignore
});

test('Plivo: the third version, with its nonce', () => {
  const url = 'https://answer.url/?q=2&a=1';
  const nonce = '05429567804466091622';
  // Computed by: printf 'https://answer.url/?a=1&q=2.CallUUID97ceeb52From14156667777.05429567804466091622' | openssl dgst -sha256 -hmac token -binary | base64
  const right = createHmac('sha256', 'token').update(`https://answer.url/?a=1&q=2.CallUUID97ceeb52From14156667777.${nonce}`).digest('base64'); // prettier-ignore
  const headers = { 'x-plivo-signature-v3': `AAAA,${right}`, 'x-plivo-signature-v3-nonce': nonce };
  const signed = request(url, 'From=14156667777&CallUUID=97ceeb52', headers);
  expect(plivo.verify(signed, 'token', NOW)).toEqual({ once: nonce });
  expect(plivo.verify(signed, 'other', NOW)).toBeUndefined();
  expect(plivo.verify({ ...signed, body: Buffer.from('From=1') }, 'token', NOW)).toBeUndefined();
  const without = { 'x-plivo-signature-v3': right };
  expect(plivo.verify({ ...signed, headers: without }, 'token', NOW)).toBeUndefined();
  const get = createHmac('sha256', 'token').update(`https://answer.url/?a=1&q=2.${nonce}`).digest('base64');
  expect(plivo.verify(request(url, '', { ...headers, 'x-plivo-signature-v3': get }, 'GET'), 'token', NOW)).toEqual({ once: nonce }); // prettier-ignore
});

test('Vonage: a token of now over this very body, by HS256 alone', () => {
  const body = '{"from":"1","to":"2","uuid":"u"}';
  // printf '{"from":"1","to":"2","uuid":"u"}' | sha256sum
  const token = (claims: object, { alg = 'HS256', secret = 's' } = {}): string => {
    const text = [{ alg, typ: 'JWT' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.'); // prettier-ignore
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const hash = '756f3448aaae66f93ec8c290727b5b5044786f39029080ee6e7987d52dc2508c';
  const claims = { iss: 'Vonage', iat: NOW / 1000, jti: 'j1', payload_hash: hash, api_key: 'a' };
  const signed = (jwt: string): CarrierRequest =>
    request('https://x.example/v', body, { authorization: `Bearer ${jwt}` });
  expect(vonage.verify(signed(token(claims)), 's', NOW)).toEqual({ once: 'j1' });
  expect(vonage.verify(signed(token(claims, { secret: 't' })), 's', NOW)).toBeUndefined();
  expect(vonage.verify(signed(token(claims, { alg: 'none' })), 's', NOW)).toBeUndefined();
  expect(vonage.verify(signed(token(claims)), 's', NOW + 301_000)).toBeUndefined();
  expect(vonage.verify(signed(token({ ...claims, payload_hash: 'x' })), 's', NOW)).toBeUndefined();
  expect(vonage.verify(signed(token({ ...claims, payload_hash: undefined })), 's', NOW)).toBeUndefined();
  expect(vonage.verify(signed(token({ ...claims, exp: NOW / 1000 - 1 })), 's', NOW)).toBeUndefined();
  expect(vonage.verify(signed(`${token(claims)}.x`), 's', NOW)).toBeUndefined();
  expect(vonage.verify(request('https://x.example/v', body, {}), 's', NOW)).toBeUndefined();
});

test('Genesys: message signatures that cover all that they must', () => {
  const secrets = {
    apiKey: 'SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh',
    secret: 'TXlTdXBlclNlY3JldEtleVRlbGxOby0xITJAMyM0JDU=',
  };
  // The example of Genesys' documentation of AudioHook's security.
  const headers = {
    host: 'audiohook.example.com',
    'audiohook-organization-id': 'd7934305-0972-4844-938e-9060eef73d05',
    'audiohook-correlation-id': 'e160e428-53e2-487c-977d-96989bf5c99d',
    'audiohook-session-id': '30b0e395-84d3-4570-ac13-9a62d8f514c0',
    'x-api-key': secrets.apiKey,
    signature: 'sig1=:NZBwyBHRRyRoeLqy1IzOa9VYBuI8TgMFt2GRDkDuJh4=:',
    'signature-input': 'sig1=("@request-target" "@authority" "audiohook-organization-id" "audiohook-session-id" "audiohook-correlation-id" "x-api-key");keyid="SGVsbG8sIEkgYW0gdGhlIEFQSSBrZXkh";nonce="VGhpc0lzQVVuaXF1ZU5vbmNl";alg="hmac-sha256";created=1641013200;expires=3282026430', // prettier-ignore
  };
  const at = 1_641_013_205_000;
  const ask = (more: Record<string, string>, nowMs = at): unknown =>
    verifyAudioHook(request('https://audiohook.example.com/api/v1/voicebiometrics/ws', '', { ...headers, ...more }, 'GET'), secrets, nowMs); // prettier-ignore
  expect(ask({})).toEqual({ once: 'VGhpc0lzQVVuaXF1ZU5vbmNl' });
  expect(ask({ 'x-api-key': 'x' })).toBeUndefined();
  expect(ask({ 'audiohook-session-id': 'x' })).toBeUndefined();
  expect(ask({ signature: 'sig1=:AAAA:' })).toBeUndefined();
  expect(ask({ signature: '' })).toBeUndefined();
  expect(ask({}, at + 60_000)).toBeUndefined();
  expect(ask({}, at - 60_000)).toBeUndefined();
  expect(ask({ 'signature-input': headers['signature-input'].replace(' "@authority"', '') })).toBeUndefined();
  expect(ask({ 'signature-input': `${headers['signature-input']}, sig2=("x");keyid="y"` })).toBeUndefined();
});

test('Genesys: what the player signs is what is verified', () => {
  const secrets = { apiKey: 'k', secret: Buffer.from('s').toString('base64') };
  const headers = audioHookHeaders('https://voice.example.org/telephony', secrets, {
    nonce: 'n',
    createdS: NOW / 1000,
  });
  const signed = request('https://voice.example.org/telephony/genesys/audiohook', '', headers, 'GET');
  expect(verifyAudioHook(signed, secrets, NOW)).toEqual({ once: 'n' });
  expect(verifyAudioHook({ ...signed, url: signed.url.replace('voice', 'other') }, secrets, NOW)).toBeUndefined();
});
