package conformance

import (
	"bufio"
	"net"
	"sync"
	"sync/atomic"
)

// burstClients is how many connections a burst has.
const burstClients = 8

// burst sends n requests, over a few connections that are kept, and returns
// the answers in order. It is for requests that are many and of no interest one
// by one; none of them is evidence.
func (p *Probe) burst(n int, request func(i int) Request) []Response {
	responses := make([]Response, n)
	errs := make([]error, burstClients)
	var processed atomic.Int64
	var clients sync.WaitGroup
	for client := range burstClients {
		clients.Go(func() {
			k := keptConnection{p: p}
			defer k.close()
			for i := client; i < n && errs[client] == nil; i += burstClients {
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
			p.cannot("one of %d requests: %w%s", n, err, p.instance.printed())
		}
	}
	p.instance.processed += int(processed.Load())
	return responses
}

// keptConnection sends one request after the other over one connection, a new
// one when the service closes it.
type keptConnection struct {
	p      *Probe
	conn   net.Conn
	reader *bufio.Reader
}

func (k *keptConnection) send(r Request) (Response, error) {
	for fresh := k.conn == nil; ; fresh = true {
		if k.conn == nil {
			var err error
			if k.conn, err = dial(k.p.ctx, k.p.instance.addr); err != nil {
				return Response{}, err
			}
			k.reader = bufio.NewReader(k.conn)
		}
		_, err := k.conn.Write(r.bytes(k.p.instance.addr))
		if err == nil {
			var response Response
			if response, err = readResponse(k.reader, r.Method); err == nil {
				if response.Header.Get("Connection") == "close" {
					k.close()
				}
				return response, nil
			}
		}
		k.close()
		if fresh {
			return Response{}, err
		}
	}
}

func (k *keptConnection) close() {
	if k.conn != nil {
		k.conn.Close()
		k.conn = nil
	}
}
