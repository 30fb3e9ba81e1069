# vyre_linked_worker(WORKER IMAGE): compiles WORKER, a .cu, to relocatable device code of all
# architectures, and has IMAGE, a source of the same folder's target, embed it: programs that become
# machine code are linked with it at run time.
function(vyre_linked_worker worker image)
  set(fatbin ${CMAKE_CURRENT_BINARY_DIR}/linked_worker.fatbin)
  set(codes)
  # As CMAKE_CUDA_ARCHITECTURES says it: a number alone is code for it and PTX for what comes later.
  foreach(architecture ${CMAKE_CUDA_ARCHITECTURES})
    string(REGEX MATCH "^[0-9]+[a-z]?" number ${architecture})
    if(NOT architecture MATCHES "-virtual$")
      list(APPEND codes -gencode arch=compute_${number},code=sm_${number})
    endif()
    if(NOT architecture MATCHES "-real$")
      list(APPEND codes -gencode arch=compute_${number},code=compute_${number})
    endif()
  endforeach()
  # Functions that are called have the registers of the worker, of which a multiprocessor takes four.
  add_custom_command(OUTPUT ${fatbin}
    COMMAND ${CMAKE_CUDA_COMPILER} -fatbin -rdc=true -maxrregcount=128 -std=c++20 -O3 -DNDEBUG
      --expt-relaxed-constexpr -Werror=all-warnings --threads=0
      -I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/src ${codes}
      -MD -MF ${fatbin}.d -MT ${fatbin}
      ${CMAKE_CURRENT_SOURCE_DIR}/${worker} -o ${fatbin}
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${worker}
    DEPFILE ${fatbin}.d
    COMMENT "Compiling ${worker} to be linked with programs" VERBATIM)
  set_source_files_properties(${image} PROPERTIES
    OBJECT_DEPENDS ${fatbin} COMPILE_DEFINITIONS VYRE_WORKER_IMAGE="${fatbin}")
endfunction()
