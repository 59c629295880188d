/** The messages of Envoy's taps that these tests write, with the numbers of its API (envoy/data/tap/v3, envoy/config/core/v3), in the language of protobuf. */
export const ENVOY_TAP = `
syntax = "proto3";
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message SocketAddress { int32 protocol = 1; string address = 2; uint32 port_value = 3; string resolver_name = 5; bool ipv4_compat = 6; }
message Address { SocketAddress socket_address = 1; }
message HeaderValue { string key = 1; string value = 2; bytes raw_value = 3; }
message HeaderMap { repeated HeaderValue headers = 1; }
message Body { oneof body_type { bytes as_bytes = 1; string as_string = 2; } bool truncated = 3; }
message Message { repeated HeaderValue headers = 1; Body body = 2; repeated HeaderValue trailers = 3; Timestamp headers_received_time = 4; uint32 unknown = 900; }
message HttpBufferedTrace { Message request = 1; Message response = 2; }
message HttpStreamedTraceSegment {
  uint64 trace_id = 1;
  oneof message_piece {
    HeaderMap request_headers = 2; Body request_body_chunk = 3; HeaderMap request_trailers = 4;
    HeaderMap response_headers = 5; Body response_body_chunk = 6; HeaderMap response_trailers = 7;
  }
}
message Read { Body data = 1; }
message Write { Body data = 1; bool end_stream = 2; }
message Closed {}
message SocketEvent { Timestamp timestamp = 1; oneof event_selector { Read read = 2; Write write = 3; Closed closed = 4; } string unknown = 77; }
message Connection { Address local_address = 2; Address remote_address = 3; }
message SocketBufferedTrace { uint64 trace_id = 1; Connection connection = 2; repeated SocketEvent events = 3; bool read_truncated = 4; bool write_truncated = 5; }
message SocketStreamedTraceSegment { uint64 trace_id = 1; oneof message_piece { Connection connection = 2; SocketEvent event = 3; } }
message TraceWrapper {
  oneof trace {
    HttpBufferedTrace http_buffered_trace = 1; HttpStreamedTraceSegment http_streamed_trace_segment = 2;
    SocketBufferedTrace socket_buffered_trace = 3; SocketStreamedTraceSegment socket_streamed_trace_segment = 4;
  }
}
`
