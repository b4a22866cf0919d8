// Tells a server to end what a connection has asked it.
#pragma once

struct pg_conn;

namespace weir::connectors::postgres {

// Returns when the server has taken the request, or after half a second: then the request goes on
// by itself, for as long as the network lets it.
void CancelStatement(pg_conn* connection);

}  // namespace weir::connectors::postgres
