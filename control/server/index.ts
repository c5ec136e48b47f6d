// What the rest of the control plane may use of the server.
export { findServer, startServer, stopServer, type RunningServer, type StartOptions } from './embedded.ts';
export { serverStatus, type ServerStatus } from './status.ts';
export { freeBytesOf, resolveServer, type Server } from './resolve.ts';
export { clientConfig, connect, createPool, isRefused, isStarting, type ConnectOptions } from './connect.ts';
export { hostFacts, type HostFacts } from './settings.ts';
