package rdfc

import (
	"github.com/piprate/json-gold/ld"
	"pgregory.net/rapid"
)

func goldDataset(quads []Quad) *ld.RDFDataset {
	dataset := ld.NewRDFDataset()
	for _, q := range quads {
		graph := "@default"
		if q.Graph.Kind != 0 {
			graph = goldTerm(q.Graph).GetValue()
		}
		quad := ld.NewQuad(goldTerm(q.Subject), goldTerm(q.Predicate), goldTerm(q.Object), graph)
		dataset.Graphs[graph] = append(dataset.Graphs[graph], quad)
	}
	return dataset
}

func goldTerm(t Term) ld.Node {
	switch t.Kind {
	case Blank:
		return ld.NewBlankNode("_:" + t.Value)
	case Literal:
		return ld.NewLiteral(t.Value, t.Datatype, t.Language)
	default:
		return ld.NewIRI(t.Value)
	}
}

func goldNormalize(t rapid.TB, dataset *ld.RDFDataset) string {
	t.Helper()
	options := ld.NewJsonLdOptions("")
	options.Algorithm = ld.AlgorithmURDNA2015
	options.Format = "application/n-quads"
	document, err := ld.NewNormalisationAlgorithm(ld.AlgorithmURDNA2015).Main(dataset, options)
	if err != nil {
		t.Fatal(err)
	}
	return document.(string)
}
