package soak

import (
	"net/http"

	"github.com/samespan/samespan/conformance/otlptest/faultnet"
)

// networkFault is a way in which the network between a service and its
// collector fails.
type networkFault struct {
	name string
	// losesSpans is set if spans are lost during the fault, because the exporter gets a
	// final response.
	losesSpans bool
	begin      func(*network) error
	// end repairs the network. It is nil if no repair is needed.
	end func(*network)
}

// networkFaults returns the faults that apply to a transport.
func networkFaults(tr transport) []networkFault {
	quietly := func(f func(*network)) func(*network) error {
		return func(n *network) error {
			f(n)
			return nil
		}
	}
	replaced := func(name string, handler func(*network) http.Handler) networkFault {
		return networkFault{
			name: name, losesSpans: true,
			begin: quietly(func(n *network) { n.answerWith(handler(n)) }),
			end:   func(n *network) { n.answerWith(nil) },
		}
	}
	all := []networkFault{
		{name: "frozen connections", begin: quietly((*network).freeze)},
		{name: "connections swallowed", begin: quietly(func(n *network) { n.blackhole(true) }), end: func(n *network) { n.blackhole(false) }},
		{name: "connections reset", begin: quietly((*network).reset)},
		{name: "moved to another address", begin: quietly((*network).moveCollector)},
		replaced("a login page", func(*network) http.Handler {
			return faultnet.Answer(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Log in</title>")
		}),
		replaced("redirected to another server", func(n *network) http.Handler {
			return faultnet.Redirect(n.otherServer.URL()+"/v1/traces", http.StatusTemporaryRedirect)
		}),
	}
	if tr.secure {
		all = append(all, networkFault{name: "certificates renewed", begin: func(n *network) error {
			if err := n.renewCertificates(); err != nil {
				return err
			}
			n.reset()
			return nil
		}})
	}
	return all
}

// injectFault makes the network fail, calls wait, and repairs the network.
func (n *network) injectFault(f networkFault, wait func()) error {
	if err := f.begin(n); err != nil {
		return err
	}
	wait()
	if f.end != nil {
		f.end(n)
	}
	return nil
}
