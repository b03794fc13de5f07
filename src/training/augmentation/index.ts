export * from './channel.ts';
export * from './heard-copies.ts';
export * from './heard-settings.ts';
export * from './mixup.ts';
export * from './noise.ts';
export * from './reverberation.ts';
export * from './speed.ts';
export * from './windows.ts';
