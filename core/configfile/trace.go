package configfile

import (
	"fmt"

	"go.opentelemetry.io/contrib/otelconf"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// turnOffExport turns off the export of a signal. path is the key of the signal's provider,
// for messages.
func (r *fileReader) turnOffExport(signal, path string) {
	r.setVariable("OTEL_"+signal+"_EXPORTER", path, "none")
}

// translateTraces converts the settings for traces. limits are the general attribute
// limits. A nil provider turns off the export.
func (r *fileReader) translateTraces(provider *otelconf.TracerProvider, limits otelconf.AttributeLimits) {
	const path = "tracer_provider"
	if provider == nil {
		r.turnOffExport("TRACES", path)
		return
	}
	if generator := findNode(r.root, path, "id_generator", "random"); generator != nil {
		r.setVariable("OTEL_GO_ID_GENERATOR", path+".id_generator", "random")
	}
	if provider.Sampler != nil {
		r.file.Sampler = r.translateSampler(provider.Sampler, path+".sampler")
	}
	r.file.SpanLimits = spanLimits(limits, provider.Limits, r.readDepthLimit(path, "limits"))

	processorsPath := path + ".processors"
	if !r.checkSingleElement(len(provider.Processors), processorsPath, "processor", path) {
		return
	}
	processor, processorPath := provider.Processors[0], processorsPath+"[0]"
	switch {
	case (processor.Batch == nil) == (processor.Simple == nil):
		r.reject(processorPath, "", "no processor or several", "only batch")
	case processor.Simple != nil:
		r.setExporter("TRACES", processorPath+".simple.exporter", spanExporterSettings(processor.Simple.Exporter))
		r.rejectSimpleProcessor(processorPath+".simple", processor.Simple.Exporter.Console != nil)
	default:
		batch := processor.Batch
		r.setExporter("TRACES", processorPath+".batch.exporter", spanExporterSettings(batch.Exporter))
		r.translateBatch("OTEL_BSP", processorPath+".batch", batch.Exporter.Console != nil,
			batch.MaxQueueSize, batch.MaxExportBatchSize, batch.ScheduleDelay, batch.ExportTimeout)
	}
}

// translateSampler converts a sampler to the SDK's. It returns nil if the sampler is
// invalid.
func (r *fileReader) translateSampler(s *otelconf.Sampler, path string) sdktrace.Sampler {
	kinds := 0
	for _, isSet := range []bool{s.AlwaysOn != nil, s.AlwaysOff != nil, s.ParentBased != nil, s.TraceIDRatioBased != nil} {
		if isSet {
			kinds++
		}
	}
	switch {
	case kinds != 1:
		r.reject(path, "", "no sampler or several", "exactly one of always_off, always_on, parent_based, trace_id_ratio_based")
	case s.AlwaysOn != nil:
		return sdktrace.AlwaysSample()
	case s.AlwaysOff != nil:
		return sdktrace.NeverSample()
	case s.ParentBased != nil:
		return r.translateParentBased(s.ParentBased, path+".parent_based")
	default:
		ratio := 1.0
		if ratioFromFile := s.TraceIDRatioBased.Ratio; ratioFromFile != nil {
			ratio = *ratioFromFile
		}
		if !(ratio >= 0 && ratio <= 1) {
			r.reject(path+".trace_id_ratio_based.ratio", fmt.Sprint(ratio), "not a ratio", "a number from 0 to 1")
			return nil
		}
		return sdktrace.TraceIDRatioBased(ratio)
	}
	return nil
}

// translateParentBased converts a parent-based sampler to the SDK's.
func (r *fileReader) translateParentBased(s *otelconf.ParentBasedSampler, path string) sdktrace.Sampler {
	root := sdktrace.AlwaysSample()
	if s.Root != nil {
		root = r.translateSampler(s.Root, path+".root")
	}
	var options []sdktrace.ParentBasedSamplerOption
	for _, parent := range []struct {
		key     string
		sampler *otelconf.Sampler
		option  func(sdktrace.Sampler) sdktrace.ParentBasedSamplerOption
	}{
		{"remote_parent_sampled", s.RemoteParentSampled, sdktrace.WithRemoteParentSampled},
		{"remote_parent_not_sampled", s.RemoteParentNotSampled, sdktrace.WithRemoteParentNotSampled},
		{"local_parent_sampled", s.LocalParentSampled, sdktrace.WithLocalParentSampled},
		{"local_parent_not_sampled", s.LocalParentNotSampled, sdktrace.WithLocalParentNotSampled},
	} {
		if parent.sampler == nil {
			continue
		}
		if sampler := r.translateSampler(parent.sampler, joinPath(path, parent.key)); sampler != nil {
			options = append(options, parent.option(sampler))
		}
	}
	if root == nil {
		return nil
	}
	return sdktrace.ParentBased(root, options...)
}
