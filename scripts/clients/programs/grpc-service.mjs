/** What client and server of gRPC agree on; messages are JSON, so that no compiler is needed. */
const json = {
  requestSerialize: (value) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes) => JSON.parse(bytes.toString()),
  responseSerialize: (value) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes) => JSON.parse(bytes.toString()),
}

export const SERVICE = {
  one: { path: '/table.Service/One', requestStream: false, responseStream: false, ...json },
  many: { path: '/table.Service/Many', requestStream: false, responseStream: true, ...json },
  sum: { path: '/table.Service/Sum', requestStream: true, responseStream: false, ...json },
  echo: { path: '/table.Service/Echo', requestStream: true, responseStream: true, ...json },
}
