package conformance

import (
	"net/http"
	"sync"
)

// serverChecks are about the servers of a service.
func serverChecks() []Check {
	return []Check{{
		ID:    "flush/two-servers",
		Level: Choice,
		Rule: "With a second server under the same life cycle, such as one for administrators, SIGTERM loses nothing of either, " +
			"whichever of them ends first.",
		Source: "users of today's packages",
		Needs:  []Capability{Lifecycle, TwoServers},
		run: func(p *Probe) {
			for _, busy := range []string{"", "", "", "the first", "the second"} {
				p.twoServers(busy)
			}
		},
	}}
}

// twoServers ends a service with two servers, of which one still has a request
// to answer when the other is done.
func (p *Probe) twoServers(busy string) {
	second, err := FreeAddress()
	if err != nil {
		p.cannot("%w", err)
	}
	p.with(append([]string{"SAMESPAN_ADMIN_ADDR=" + second}, onlyAtTheEnd...), func() {
		first := p.instance.addr
		if err := (&instance{addr: second, service: p.instance.service}).accepts(p.ctx); err != nil {
			p.cannot("second server: %w", err)
		}
		var exchanges []Exchange
		p.at(second, func() { exchanges = append(exchanges, p.processAll()...) })
		exchanges = append(exchanges, p.processAll()...)
		p.answered(exchanges, http.StatusOK)
		switch busy {
		case "the first":
			exchanges = append(exchanges, p.endWhile(first, second))
		case "the second":
			exchanges = append(exchanges, p.endWhile(second, first))
		default:
			p.ends()
		}
		p.arrivedOnce(exchanges, "")
	})
}

// at sends the requests of f to another address of the service.
func (p *Probe) at(addr string, f func()) {
	before := p.instance.addr
	p.instance.addr = addr
	defer func() { p.instance.addr = before }()
	f()
}

// processAll sends some requests.
func (p *Probe) processAll() []Exchange {
	exchanges, _ := p.together(25, 4, func(int) Request { return Get("/process/" + p.unique()) })
	return exchanges
}

// endWhile stops the service while the server at busy has a request in progress,
// which goes on once that at other does not accept connections any more.
func (p *Probe) endWhile(busy, other string) Exchange {
	called := p.peer()
	called.hold, called.held = make(chan struct{}), make(chan struct{}, 1)
	letGo := sync.OnceFunc(func() { close(called.hold) })
	defer letGo()
	var t *talk
	p.at(busy, func() { t = p.talk(Post("/relay", called.relay("/held"))) })
	select {
	case <-called.held:
	case <-p.ctx.Done():
		p.cannot("POST /relay makes no call in time%s", p.instance.printed())
	}
	stopped := make(chan error, 1)
	go func() { stopped <- p.instance.stop(p.ctx) }()
	p.at(other, p.refuses)
	letGo()
	t.whole()
	p.keep(&t.Exchange)
	p.endedWell(<-stopped)
	p.answered([]Exchange{t.Exchange}, http.StatusOK)
	return t.Exchange
}
