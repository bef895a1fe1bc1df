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
	inject     func(*network) error
	// repair ends the fault. It is nil for a fault from which the exporter recovers without a
	// repair.
	repair func(*network)
}

// networkFaults returns the faults that apply to a transport.
func networkFaults(tr transport) []networkFault {
	withoutError := func(f func(*network)) func(*network) error {
		return func(n *network) error {
			f(n)
			return nil
		}
	}
	responding := func(name string, handler func(*network) http.Handler) networkFault {
		return networkFault{
			name: name, losesSpans: true,
			inject: withoutError(func(n *network) { n.respondWith(handler(n)) }),
			repair: func(n *network) { n.respondWith(nil) },
		}
	}
	all := []networkFault{
		{name: "frozen connections", inject: withoutError((*network).freeze)},
		{name: "connections without responses", inject: withoutError(func(n *network) { n.blackhole(true) }), repair: func(n *network) { n.blackhole(false) }},
		{name: "connections reset", inject: withoutError((*network).reset)},
		{name: "moved to another address", inject: withoutError((*network).moveCollector)},
		responding("a login page", func(*network) http.Handler {
			return faultnet.Answer(http.StatusOK, "text/html; charset=utf-8", "<!doctype html><title>Log in</title>")
		}),
		responding("redirected to another server", func(n *network) http.Handler {
			return faultnet.Redirect(n.redirectTarget.URL()+"/v1/traces", http.StatusTemporaryRedirect)
		}),
	}
	if tr.usesTLS {
		all = append(all, networkFault{name: "certificates renewed", inject: func(n *network) error {
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
	if err := f.inject(n); err != nil {
		return err
	}
	wait()
	if f.repair != nil {
		f.repair(n)
	}
	return nil
}
