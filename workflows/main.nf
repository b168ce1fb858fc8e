// Features of many cases in shards, then one table. NOT RUN: written beside the Snakemake workflow,
// which is, and to be tried on a small table first.
//
//   nextflow run workflows/main.nf --cases cases.csv --params_file params.yaml --shards 8
//
// The images are named by absolute paths in cases.csv, for every task has a folder of its own.

params.cases = 'cases.csv'
params.params_file = 'params.yaml'
params.shards = 8
params.memory = '4 GB'

process EXTRACT {
    memory params.memory
    errorStrategy 'retry'
    maxRetries 2

    input:
    val number
    path cases
    path settings

    output:
    path "shard_${number}"

    // Status 1 says that some cases failed; they are listed, and the others are there.
    script:
    """
    radiome extract ${cases} --params ${settings} --out shard_${number} \\
      --shard ${number}/${params.shards} --jobs ${task.cpus} --memory ${task.memory.toMega()}M \\
      --quiet || [ \$? -eq 1 ]
    """
}

process COLLECT {
    publishDir '.', mode: 'copy'

    input:
    path shards

    output:
    path 'features.csv'
    path 'features.csv.failures.csv', optional: true

    script:
    """
    radiome collect ${shards} --out features.csv || [ \$? -eq 1 ]
    """
}

workflow {
    numbers = Channel.of(1..params.shards)
    shards = EXTRACT(numbers, file(params.cases), file(params.params_file))
    COLLECT(shards.collect())
}
