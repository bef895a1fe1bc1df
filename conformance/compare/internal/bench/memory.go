package bench

import (
	"context"
	"runtime"
	"sync"
)

// measuredUnits is the number of routes, or of concurrent requests, in a measurement of
// memory.
const measuredUnits = 1000

// memoryPerRoute returns the memory, in bytes, that a service keeps for a route after a
// request to that route.
func memoryPerRoute(t *target, m *Mode) float64 {
	before := memoryInUse()
	s := newSetup(m, t.variant, m.newTelemetry(t.variant))
	s.routes = measuredUnits
	send := t.build(s)()
	send(measuredUnits)
	after := memoryInUse()
	runtime.KeepAlive(send)
	return float64(after-before) / measuredUnits
}

// memoryPerRequest returns the memory, in bytes, of a request whose handler is running,
// including its goroutine.
func memoryPerRequest(t *target, m *Mode) float64 {
	s := newSetup(m, t.variant, m.newTelemetry(t.variant))
	var entered, ended sync.WaitGroup
	release := make(chan struct{})
	hold := false
	s.handlerWork = func(context.Context) {
		if hold {
			entered.Done()
			<-release
		}
	}
	newClient := t.build(s)
	clients := make([]client, measuredUnits)
	for i := range clients {
		clients[i] = newClient()
		clients[i](1) // the first request allocates more than later ones
	}
	hold = true
	before := memoryInUse()
	entered.Add(len(clients))
	for _, c := range clients {
		ended.Go(func() { c(1) })
	}
	entered.Wait()
	after := memoryInUse()
	close(release)
	ended.Wait()
	return float64(after-before) / measuredUnits
}

// memoryInUse returns the bytes of live objects and stacks.
func memoryInUse() int64 {
	runtime.GC() // twice: pools keep their content for one collection
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc + stats.StackInuse)
}
