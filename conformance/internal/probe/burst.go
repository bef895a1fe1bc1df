package probe

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"

	"github.com/samespan/samespan/conformance/internal/wire"
)

// BurstClients is the number of connections of a burst. Request number i is sent over the
// connection of request number i-BurstClients.
const BurstClients = 8

// Burst sends n requests over a few persistent connections and returns the responses in
// order. It is for large numbers of requests, which are not kept as evidence.
func (p *Probe) Burst(n int, request func(i int) wire.Request) []wire.Response {
	p.requireRoute(request(0))
	responses := make([]wire.Response, n)
	errs := make([]error, BurstClients)
	var processed atomic.Int64
	var clients sync.WaitGroup
	for client := range BurstClients {
		clients.Go(func() {
			k := keepAliveClient{probe: p}
			defer k.close()
			for i := client; i < n && errs[client] == nil; i += BurstClients {
				r := request(i)
				r.Header = append(r.Header, "Connection: keep-alive")
				responses[i], errs[client] = k.send(r)
				if isProcessed(r, responses[i]) {
					processed.Add(1)
				}
			}
		})
	}
	clients.Wait()
	for _, err := range errs {
		if err != nil {
			p.Cannot("one of %d requests: %w%s", n, err, p.instance.Details())
		}
	}
	p.instance.Processed += int(processed.Load())
	return responses
}

// keepAliveClient sends requests over one connection, and opens a new one when the service
// has closed it.
type keepAliveClient struct {
	probe  *Probe
	conn   net.Conn
	reader *bufio.Reader
}

// send sends a request and reads the response. It tries again on a new connection if the
// service has closed an old one.
func (k *keepAliveClient) send(r wire.Request) (wire.Response, error) {
	for fresh := k.conn == nil; ; fresh = true {
		if k.conn == nil {
			var err error
			if k.conn, err = wire.Dial(k.probe.ctx, k.probe.instance.Addr); err != nil {
				return wire.Response{}, err
			}
			k.reader = bufio.NewReader(k.conn)
		}
		_, err := k.conn.Write(r.Bytes(k.probe.instance.Addr))
		if err == nil {
			var response wire.Response
			if response, err = wire.ReadResponse(k.reader, r.Method); err == nil {
				if response.Header.Get("Connection") == "close" {
					k.close()
				}
				return response, nil
			}
		}
		k.close()
		if fresh {
			return wire.Response{}, err
		}
	}
}

func (k *keepAliveClient) close() {
	if k.conn != nil {
		k.conn.Close()
		k.conn = nil
	}
}
